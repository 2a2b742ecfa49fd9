#pragma once

#include "pushforward/ood/detector.h"

namespace pushforward::ood {

/// Var_k log p_k(x) − E_k log p_k(x) over the K ≥ 2 members of an ensemble: minus the Watanabe-Akaike
/// information criterion (Choi, Jang and Alemi 2018, "WAIC, but why? Generative ensembles for robust anomaly
/// detection", equation 2), with the variance that divides by K. Its terms are in nats and in nats².
/// Nothing is fitted.
class Ensemble : public Detector {
 public:
  explicit Ensemble(const Outputs& model);

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override;

 private:
  std::vector<PerImage> members_;
};

}  // namespace pushforward::ood
