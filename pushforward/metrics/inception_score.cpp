#include "pushforward/metrics/inception_score.h"

#include <cmath>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/metrics/content_order.h"
#include "pushforward/metrics/features.h"

namespace pushforward::metrics {

Interval inception_score_of_parts(const at::Tensor& logits, std::int64_t splits) {
  PF_CHECK(splits >= 2, "[inception_score] expected at least 2 splits for an interval, got {}", splits);
  PF_CHECK(logits.dim() == 2 && logits.size(1) >= 2 && logits.size(0) >= 2 * splits,
           "[inception_score] expected logits [N, K] of N >= {} samples and K >= 2 classes for {} splits, "
           "got [{}]",
           2 * splits, splits, fmt::join(logits.sizes(), ", "));
  expect_features("inception_score", "class", logits);
  const auto n = logits.size(0);
  std::vector<double> scores;
  for (std::int64_t i = 0; i < splits; ++i) {
    const auto begin = n * i / splits, end = n * (i + 1) / splits;
    const auto log_p = logits.narrow(0, begin, end - begin).to(at::kDouble).log_softmax(1);
    const auto p = log_p.exp();
    const auto marginal = p.mean(0);
    // mean KL = Σ p log p / n − Σ p̄ log p̄, and a class that never has any probability adds 0.
    const double own = (p * log_p).sum(1).mean().item<double>();
    scores.push_back(std::exp(own - at::xlogy(marginal, marginal).sum().item<double>()));
  }
  return mean_interval(scores);
}

Interval inception_score(const at::Tensor& logits, std::int64_t splits) {
  expect_features("inception_score", "class", logits);  // while a row is where its owner sees it
  return inception_score_of_parts(in_content_order(logits, 0, "inception score"), splits);
}

}  // namespace pushforward::metrics
