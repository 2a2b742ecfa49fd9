#pragma once

#include "pushforward/ood/detector.h"

namespace pushforward::ood {

/// −log p(x) in nats (Bishop 1994). Blind to sets that the model finds likelier than its own, which is
/// what deep models do to simpler images (Nalisnick et al. 2019, "Do deep generative models know what
/// they don't know?"). Nothing is fitted.
class Likelihood : public Detector {
 public:
  explicit Likelihood(const Outputs& model);

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override;

 private:
  PerImage log_prob_;
};

}  // namespace pushforward::ood
