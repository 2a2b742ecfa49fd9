#pragma once

#include "pushforward/ood/detector.h"

namespace pushforward::ood {

/// −Σ_j ln q_j(T_j(x)) in nats, q_j a kernel density estimate of the statistic T_j over the images fitted on:
/// how rare the statistics are together, whichever way they are odd (Morningstar et al. 2021, "Density of
/// states estimation for out-of-distribution detection", equation 3, DoSE-KDE). The statistics are log p(x),
/// log p(z), log |det ∂z/∂x| and the shortest compressed length; kernels are normal, of Silverman's width,
/// on 1,000 evenly spaced quantiles.
class DensityOfStates : public Detector {
 public:
  explicit DensityOfStates(const Outputs& model);

  nn::NamedTensors state() const override;

 protected:
  void do_fit(const at::Tensor& in) override;
  std::vector<double> do_score(const at::Tensor& x) const override;
  void do_restore(const nn::NamedTensors& state) override;

 private:
  std::vector<PerImage> statistics_;
  at::Tensor centres_;  // float64 [statistics, kernels], ascending in each row
  at::Tensor widths_;   // float64 [statistics]
};

}  // namespace pushforward::ood
