// Numbers of any scale → numbers of about mean 0 and standard deviation 1.
#pragma once

#include "pushforward/flows/bijector.h"

namespace pushforward::flows {

/// y = (x − m)/s, elementwise, with log|det| = −Σ ln s. Mean m and standard deviation s are those of the
/// batch that it was fitted on, as an ActNorm is initialised (Kingma and Dhariwal 2018, "Glow", §3.1), and
/// stay fixed. Buffers "mean" and "scale" [D], 0 and 1 before `fit`.
class Standardise : public Bijector {
 public:
  explicit Standardise(std::int64_t dims);

  /// x [N, D]. A number that does not vary in it beyond rounding, 1e-6 of its mean, keeps its scale. Throws
  /// Error for x of another size and for a NaN or an infinity.
  void fit(const at::Tensor& x);

  Transformed forward(const at::Tensor& x, const Context& context) override;
  Transformed inverse(const at::Tensor& y, const Context& context) override;
  std::string describe() const override;

 private:
  at::Tensor mean_, scale_;  // [D]
};

}  // namespace pushforward::flows
