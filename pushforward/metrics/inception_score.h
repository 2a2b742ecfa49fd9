// Inception Score.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "pushforward/metrics/interval.h"

namespace pushforward::metrics {

/// exp of the mean KL(p(y|x) ‖ p(y)) over samples x, p(y|x) the softmax of logits [N, K], p(y) its mean
/// (Salimans et al. 2016): from 1 to K. The samples are cut, in an order that their logits decide and not how
/// they are stored (content_order.h), into `splits` pieces as equal as can be, each with a p(y) of its own;
/// value: their mean; interval: of that mean, by Student's t. Smaller pieces score lower, so `splits` and N
/// belong to the number. Throws Error for another shape, a logit that is not finite (with its row), K < 2,
/// fewer than two splits or fewer than two samples a split.
Interval inception_score(const at::Tensor& logits, std::int64_t splits = 10);

/// The same of pieces of the samples as they stand.
Interval inception_score_of_parts(const at::Tensor& logits, std::int64_t splits);

}  // namespace pushforward::metrics
