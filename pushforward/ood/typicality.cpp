#include "pushforward/ood/typicality.h"

#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/ood/state.h"

namespace pushforward::ood {

Typicality::Typicality(const Outputs& model, std::int64_t images_per_score)
    : log_prob_(model.log_prob), images_(images_per_score) {
  if (!log_prob_) throw fail("[ood] the detector typicality needs a model with log_prob, such as a flow");
}

void Typicality::do_fit(const at::Tensor& in) {
  const auto log_prob = finite(log_prob_(in), "typicality", "log p");
  mean_ = metrics::mean_of(log_prob);
}

std::vector<double> Typicality::do_score(const at::Tensor& x) const {
  const auto log_prob = log_prob_(x);
  const auto size = static_cast<std::size_t>(images_);
  std::vector<double> scores(log_prob.size() / size);
  for (std::size_t i = 0; i < scores.size(); ++i)
    scores[i] = std::abs(metrics::mean_of(std::span(log_prob).subspan(i * size, size)) - mean_);
  return scores;
}

nn::NamedTensors Typicality::state() const {
  return {{"mean", tensor_of({mean_})}};
}

void Typicality::do_restore(const nn::NamedTensors& state) {
  mean_ = take(state, "typicality", {{"mean", {1}}}).front().item<double>();
}

}  // namespace pushforward::ood
