// Activation normalisation: features or channels that start with mean 0 and standard deviation 1.
#pragma once

#include "pushforward/flows/bijector.h"

namespace pushforward::flows {

/// y = (x + b)·exp(s) by feature of {D} or channel of {C, H, W}, log|det| = H·W·Σ s. The first batch decides
/// b and s, by which it comes out with mean 0 and standard deviation 1; from then on they learn (Kingma and
/// Dhariwal 2018, "Glow", §3.1). Before that it is the identity. The buffer "initialised", 0 or 1, is part of
/// the state, so a reloaded one does not start again.
class ActNorm : public Bijector {
 public:
  explicit ActNorm(std::int64_t channels);

  Transformed forward(const at::Tensor& x, const Context& context) override;
  Transformed inverse(const at::Tensor& y, const Context& context) override;
  Event output(const Event& in) const override;
  bool is_initialised() const override { return initialised_.item<double>() != 0; }
  /// What does not vary in x beyond rounding, 1e-6 of its mean, keeps its scale.
  void initialise(const at::Tensor& x) override;
  std::string describe() const override;

 private:
  at::Tensor log_scale_, bias_;  // [C]
  at::Tensor initialised_;       // []
};

}  // namespace pushforward::flows
