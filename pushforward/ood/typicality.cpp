#include "pushforward/ood/typicality.h"

#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/metrics/summary.h"

namespace pushforward::ood {

Typicality::Typicality(const Model& model) : log_prob_(model.log_prob) {
  PF_CHECK(log_prob_, "[ood] the detector typicality needs a model with log_prob, such as a flow");
}

void Typicality::do_fit(const at::Tensor& in) {
  const auto log_prob = log_prob_(in);
  for (std::size_t i = 0; i < log_prob.size(); ++i)
    if (!std::isfinite(log_prob[i]))
      throw fail("[ood] typicality cannot be fitted: log p of in-distribution image {} is {}", i,
                 log_prob[i]);
  mean_ = metrics::mean_of(log_prob);
}

std::vector<double> Typicality::do_score(const at::Tensor& x) const {
  auto scores = log_prob_(x);
  for (auto& score : scores) score = std::abs(score - mean_);
  return scores;
}

}  // namespace pushforward::ood
