#include "pushforward/nn/size.h"

#include <fmt/ranges.h>

#include "pushforward/core/error.h"

namespace pushforward::nn {

std::int64_t parameter_count(const Module& module) {
  std::int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

double matrix_flop(const Module& module) {
  double flop = 0;
  for (const auto& item : module.named_parameters()) {
    const auto& weight = item.value();
    PF_CHECK(weight.dim() <= 2, "[matrix_flop] expected weights of at most two axes, got {} {}", item.key(),
             weight.sizes());
    if (weight.dim() == 2) flop += 2.0 * static_cast<double>(weight.numel());
  }
  return flop;
}

}  // namespace pushforward::nn
