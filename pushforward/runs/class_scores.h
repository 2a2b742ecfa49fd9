// What a conditional model says of the classes of images.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "pushforward/core/json.h"
#include "pushforward/metrics/interval.h"
#include "pushforward/models/model.h"
#include "pushforward/report/table.h"

namespace pushforward::runs {

struct ClassScores {
  at::Tensor posterior;             // p(y | x), float64 [N, K], with p(y) = 1/K
  at::Tensor labels;                // int64 [N]; undefined where the set has none, or others than the model's
  std::vector<double> given_label;  // log p(x | y) of each image and its label, nats; empty without labels
  metrics::Interval mean;           // of these
  metrics::Interval accuracy;       // share of images whose label is argmax_y p(x | y), Wilson's interval

  std::int64_t classes() const { return posterior.size(1); }
};

/// Of log p(x | y) float64 [N, K] and the set's labels int64 [N], or none.
ClassScores class_scores(const at::Tensor& class_log_prob, const at::Tensor& labels);

/// The mean of log p(x | y), in bits/dim where the likelihood has such, and the accuracy; a note in their
/// place without labels.
report::Table to_table(const ClassScores& scores, const models::Likelihood& likelihood);
Json to_json(const ClassScores& scores, const models::Likelihood& likelihood);

}  // namespace pushforward::runs
