#include "pushforward/nn/conv.h"

#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/nn/random.h"

namespace pushforward::nn {
namespace {

/// [outer, inner, k, l] from U(−b, b), b = 1/√(inner·k·l): PyTorch counts the second axis as what is fanned
/// in.
at::Tensor initial(std::int64_t outer, std::int64_t inner, std::int64_t rows, std::int64_t columns,
                   at::Generator& init) {
  PF_CHECK(outer > 0 && inner > 0 && rows > 0 && columns > 0,
           "[conv] expected positive sizes, got {}, {} and kernel {}×{}", outer, inner, rows, columns);
  const double bound = 1.0 / std::sqrt(static_cast<double>(inner * rows * columns));
  return draw_uniform({outer, inner, rows, columns}, -bound, bound, init);
}

}  // namespace

Conv::Conv(std::int64_t in, std::int64_t out, std::int64_t rows, std::int64_t columns,
           ops::ConvOptions options, at::Generator& init)
    : weight(register_parameter("weight", initial(out, in, rows, columns, init))), options_(options) {}

BiasedConv::BiasedConv(std::int64_t in, std::int64_t out, std::int64_t kernel, at::Generator& init)
    : weight(register_parameter("weight", initial(out, in, kernel, kernel, init))),
      bias(register_parameter("bias", at::zeros({out}))) {}

ConvTranspose::ConvTranspose(std::int64_t in, std::int64_t out, std::int64_t kernel, ops::ConvOptions options,
                             at::Generator& init)
    : weight(register_parameter("weight", initial(in, out, kernel, kernel, init))), options_(options) {}

}  // namespace pushforward::nn
