#include "pushforward/ood/ensemble.h"

#include "pushforward/core/error.h"

namespace pushforward::ood {

Ensemble::Ensemble(const Outputs& model) : members_(model.ensemble) {
  if (members_.size() < 2)
    throw fail("[ood] the detector waic needs a model with an ensemble of at least 2, got {}",
               members_.size());
}

std::vector<double> Ensemble::do_score(const at::Tensor& x) const {
  const auto n = static_cast<std::size_t>(x.size(0));
  std::vector<double> mean(n), squares(n);
  double count = 0;
  for (const auto& member : members_) {  // Welford: the members differ by far less than they are large
    const auto log_prob = member(x);
    ++count;
    for (std::size_t i = 0; i < n; ++i) {
      const double delta = log_prob[i] - mean[i];
      mean[i] += delta / count;
      squares[i] += delta * (log_prob[i] - mean[i]);
    }
  }
  for (std::size_t i = 0; i < n; ++i) squares[i] = squares[i] / count - mean[i];
  return squares;
}

}  // namespace pushforward::ood
