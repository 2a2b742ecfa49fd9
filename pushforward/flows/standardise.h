// Numbers of any scale → numbers of about mean 0 and standard deviation 1.
#pragma once

#include <utility>

#include "pushforward/flows/bijector.h"

namespace pushforward::flows {

/// y = (x − m)/s, elementwise, with log|det| = −Σ ln s. Mean m and standard deviation s are those of the
/// batch that it was fitted on, as an ActNorm is initialised (actnorm.h), and stay fixed. Buffers "mean" and
/// "scale" [D], 0 and 1 before `fit`: the values that say that it was not.
class Standardise : public Bijector {
 public:
  explicit Standardise(std::int64_t dims);

  /// x [N, D]. A number that does not vary in it beyond rounding, 1e-6 of its mean, keeps its scale. Throws
  /// Error for x of another size and for a NaN or an infinity.
  void fit(const at::Tensor& x);

  Transformed forward(const at::Tensor& x, const Context& context) override;
  Transformed inverse(const at::Tensor& y, const Context& context) override;
  Event output(const Event& in) const override;
  bool is_initialised() const override;
  void initialise(const at::Tensor& x) override { fit(x); }
  std::string describe() const override;

 private:
  at::Tensor mean_, scale_;  // [D]
};

/// x [N, D], N > 0 → the means and standard deviations of its columns, float64 [D]. The deviation of one that
/// does not vary beyond rounding, 1e-6 of its mean, is given as 1.
std::pair<at::Tensor, at::Tensor> mean_and_deviation(const at::Tensor& x);

}  // namespace pushforward::flows
