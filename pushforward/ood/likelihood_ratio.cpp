#include "pushforward/ood/likelihood_ratio.h"

#include "pushforward/core/error.h"

namespace pushforward::ood {

LikelihoodRatio::LikelihoodRatio(const Outputs& model)
    : log_prob_(model.log_prob), background_(model.background) {
  if (!(log_prob_ && background_))
    throw fail(
        "[ood] the detector likelihood-ratio needs a model with log_prob and a background: a second one, "
        "trained on perturbed pixels");
}

std::vector<double> LikelihoodRatio::do_score(const at::Tensor& x) const {
  const auto log_prob = log_prob_(x);
  auto scores = background_(x);
  for (std::size_t i = 0; i < scores.size(); ++i) scores[i] -= log_prob[i];
  return scores;
}

}  // namespace pushforward::ood
