#include "pushforward/ood/detector.h"
#include "pushforward/ood/kinds.h"

namespace pushforward::ood {
namespace {

/// ‖z‖ of the latent z of an image x under a flow to N(0, I): the likelihood without its volume term.
/// Computed as −log p(z) = ‖z‖²/2 + D/2 ln 2π in nats, which ranks images alike. Nothing is fitted.
class LatentNorm final : public Detector {
 public:
  explicit LatentNorm(const Outputs& model) : log_prob_latent_(model.log_prob_latent) {}

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override;

 private:
  PerImage log_prob_latent_;
};

std::vector<double> LatentNorm::do_score(const at::Tensor& x) const {
  auto scores = log_prob_latent_(x);
  for (auto& score : scores) score = -score;
  return scores;
}

}  // namespace

Kind latent_norm_kind() {
  return {.name = "latent-norm",
          .summary = "−log p(z)",
          .needs = {.answers = {{Answer::log_prob_latent}}},
          .make = make<LatentNorm>};
}

}  // namespace pushforward::ood
