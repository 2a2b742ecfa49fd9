#include "pushforward/ood/latent_norm.h"

#include "pushforward/core/error.h"

namespace pushforward::ood {

LatentNorm::LatentNorm(const Outputs& model) : log_prob_latent_(model.log_prob_latent) {
  if (!log_prob_latent_)
    throw fail("[ood] the detector latent-norm needs a model with log_prob_latent, such as a flow");
}

std::vector<double> LatentNorm::do_score(const at::Tensor& x) const {
  auto scores = log_prob_latent_(x);
  for (auto& score : scores) score = -score;
  return scores;
}

}  // namespace pushforward::ood
