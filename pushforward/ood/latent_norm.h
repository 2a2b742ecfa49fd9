#pragma once

#include "pushforward/ood/detector.h"

namespace pushforward::ood {

/// ‖z‖ of the latent z of an image x under a flow to N(0, I): the likelihood without its volume term.
/// Computed as −log p(z) = ‖z‖²/2 + D/2 ln 2π in nats, which ranks images alike. Nothing is fitted.
class LatentNorm : public Detector {
 public:
  explicit LatentNorm(const Outputs& model);

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override;

 private:
  PerImage log_prob_latent_;
};

}  // namespace pushforward::ood
