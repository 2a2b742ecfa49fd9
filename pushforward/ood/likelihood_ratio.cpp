#include "pushforward/ood/detector.h"
#include "pushforward/ood/kinds.h"

namespace pushforward::ood {
namespace {

/// log p_background(x) − log p(x) in nats, the background a model of the same kind trained on perturbed
/// pixels, which learns what all images share and not what these mean (Ren et al. 2019, "Likelihood ratios
/// for out-of-distribution detection", equation 3, its sign turned). Nothing is fitted.
class LikelihoodRatio final : public Detector {
 public:
  explicit LikelihoodRatio(const Outputs& model) : log_prob_(model.log_prob), background_(model.background) {}

 protected:
  void do_fit(const at::Tensor&) override {}
  std::vector<double> do_score(const at::Tensor& x) const override;

 private:
  PerImage log_prob_, background_;
};

std::vector<double> LikelihoodRatio::do_score(const at::Tensor& x) const {
  const auto log_prob = log_prob_(x);
  auto scores = background_(x);
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] -= log_prob[i];
  return scores;
}

}  // namespace

Kind likelihood_ratio_kind() {
  return {.name = "likelihood-ratio",
          .summary = "log p_background(x) − log p(x)",
          .needs = {.answers = {{Answer::log_prob}, {Answer::background}}},
          .make = make<LikelihoodRatio>};
}

}  // namespace pushforward::ood
