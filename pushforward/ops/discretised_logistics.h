// Mixtures of logistics over the levels of a pixel.
#pragma once

#include <ATen/ATen.h>

namespace pushforward::ops {

/// How many levels a pixel has: level v is x in [v/256, (v + 1)/256).
inline constexpr std::int64_t levels = 256;

/// What a mixture says of x, for each of E numbers.
struct LevelProbability {
  at::Tensor log_probability;  // [E] log P(v) nats of the level v that x is in
  at::Tensor below, above;  // [E] F(x) and 1 − F(x), each with all its digits; F is linear within a level
};

/// A mixture of K logistics with weights softmax(logit), means and scales exp(log_scale) on the axis where
/// levels lie in [−1, 1], discretised: P(v) = F(e_{v+1}) − F(e_v) with edges e_v = 2v/256 − 1, the first and
/// the last level open (Salimans et al. 2017, "PixelCNN++", eq. 2). x [E] in [0, 1), parameters [E, 3, K]:
/// logits, means, log scales, which count as within ±`most_log_scale`.
///
/// Float32 on the CPU runs a fused kernel with its gradient; everything else, and second derivatives, go the
/// composed way. Throws Error for shapes that do not fit.
LevelProbability discretised_logistics(const at::Tensor& x, const at::Tensor& parameters);

/// x [E] such that F(x) = below and 1 − F(x) = above, to the digits of the smaller of the two. No gradient.
/// Float32 on the CPU runs a fused kernel.
at::Tensor discretised_logistics_quantile(const at::Tensor& below, const at::Tensor& above,
                                          const at::Tensor& parameters);

inline constexpr double most_log_scale = 7;

namespace reference {
LevelProbability discretised_logistics(const at::Tensor& x, const at::Tensor& parameters);
at::Tensor discretised_logistics_quantile(const at::Tensor& below, const at::Tensor& above,
                                          const at::Tensor& parameters);
}  // namespace reference

}  // namespace pushforward::ops
