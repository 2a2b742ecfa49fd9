// Invertible 1×1 convolution: a learned rotation of features or channels.
#pragma once

#include "pushforward/flows/bijector.h"

namespace pushforward::flows {

/// y = W x by example of {D}, by position of {C, H, W}, with W = P L (U + diag(sign ⊙ exp(log_scale))): P a
/// fixed permutation, L lower triangular with ones on its diagonal, U strictly upper triangular; log|det| =
/// H·W·Σ log_scale (Kingma and Dhariwal 2018, "Glow", §3.2, eq. 10-11). It starts as a random rotation. P and
/// sign are buffers; of "lower" and "upper" [C, C] only the triangles have an effect.
class InvertibleConv : public Bijector {
 public:
  InvertibleConv(std::int64_t channels, at::Generator& init);

  Transformed forward(const at::Tensor& x, const Context& context) override;
  Transformed inverse(const at::Tensor& y, const Context& context) override;
  Event output(const Event& in) const override;
  double forward_flop(const Event& in) const override;
  std::string describe() const override;

 private:
  at::Tensor weight() const;  // [C, C]
  at::Tensor log_det_of(const at::Tensor& x) const;

  at::Tensor permutation_, sign_;         // [C, C], [C]
  at::Tensor lower_, upper_, log_scale_;  // [C, C], [C, C], [C]
};

}  // namespace pushforward::flows
