#pragma once

#include "pushforward/ood/detector.h"

namespace pushforward::ood {

/// log p_background(x) − log p(x) in nats, the background a model of the same kind trained on perturbed
/// pixels, which learns what all images share and not what these mean (Ren et al. 2019, "Likelihood ratios
/// for out-of-distribution detection", equation 3, its sign turned). Nothing is fitted.
class LikelihoodRatio : public Detector {
 public:
  explicit LikelihoodRatio(const Outputs& model);

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override;

 private:
  PerImage log_prob_, background_;
};

}  // namespace pushforward::ood
