// Labels as the condition of a density: p(x | y), and the p(x) and p(y | x) that follow.
#pragma once

#include "pushforward/nn/density.h"

namespace pushforward::nn {

/// Labels int64 [N] among 0 … classes − 1 → their rows of the unit matrix, [N, classes], with the dtype and
/// device of `options`. Throws Error for other labels.
at::Tensor one_hot_labels(const at::Tensor& labels, std::int64_t classes,
                          const at::TensorOptions& options = at::kFloat);

/// 0, 1, …, classes − 1, 0, 1, …: int64 [n].
at::Tensor labels_in_turn(std::int64_t n, std::int64_t classes);

/// What labels [N] are to a model whose condition is their one_hot_labels; undefined for a model that takes
/// none.
at::Tensor condition_of(const DensityModel& model, const at::Tensor& labels,
                        const at::TensorOptions& options = at::kFloat);

/// x [N, …] → log p(x | y) [N, K] nats under each of the K = condition_size() classes, of a model whose
/// condition is a label's row of one_hot_labels. Every class has the same draws, so that what tells them
/// apart is the label; a generator in the context stays where it was.
at::Tensor class_log_prob(DensityModel& model, const at::Tensor& x, Context context = {});

/// log p(x | y) [N, K] → log p(x) = log Σ_y p(x | y) / K [N] nats: every class is as probable, p(y) = 1/K.
at::Tensor marginal_log_prob(const at::Tensor& class_log_prob);

/// log p(x | y) [N, K] → p(y | x) = p(x | y) / Σ_y p(x | y) [N, K], by Bayes' rule with p(y) = 1/K.
at::Tensor class_posterior(const at::Tensor& class_log_prob);

}  // namespace pushforward::nn
