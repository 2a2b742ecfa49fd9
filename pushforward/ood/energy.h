#pragma once

#include "pushforward/ood/detector.h"

namespace pushforward::ood {

/// −ln Σ_k exp f_k(x) of a classifier's logits f (Liu et al. 2020, "Energy-based out-of-distribution
/// detection", equation 4 at temperature 1). Nothing is fitted.
class Energy : public Detector {
 public:
  explicit Energy(const Outputs& model);

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override;

 private:
  Features logits_;
};

}  // namespace pushforward::ood
