#include "pushforward/ood/likelihood.h"

#include "pushforward/core/error.h"

namespace pushforward::ood {

Likelihood::Likelihood(const Outputs& model) : log_prob_(model.log_prob) {
  if (!log_prob_) throw fail("[ood] the detector likelihood needs a model with log_prob, such as a flow");
}

std::vector<double> Likelihood::do_score(const at::Tensor& x) const {
  auto scores = log_prob_(x);
  for (auto& score : scores) score = -score;
  return scores;
}

}  // namespace pushforward::ood
