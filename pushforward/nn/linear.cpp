#include "pushforward/nn/linear.h"

#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/nn/random.h"

namespace pushforward::nn {

Linear::Linear(std::int64_t in, std::int64_t out, at::Generator& init, std::optional<std::int64_t> fan_in) {
  PF_CHECK(in > 0 && out > 0, "[linear] expected positive sizes, got {} and {}", in, out);
  const double bound = 1.0 / std::sqrt(static_cast<double>(fan_in.value_or(in)));
  weight = register_parameter("weight", draw_uniform({out, in}, -bound, bound, init));
  bias = register_parameter("bias", draw_uniform({out}, -bound, bound, init));
}

}  // namespace pushforward::nn
