#include "pushforward/runs/class_scores.h"

#include <fmt/format.h>

#include "pushforward/metrics/likelihood.h"
#include "pushforward/nn/class_condition.h"
#include "pushforward/ood/state.h"

namespace pushforward::runs {

ClassScores class_scores(const at::Tensor& class_log_prob, const at::Tensor& labels) {
  const auto classes = class_log_prob.size(1);
  ClassScores scores{.posterior = nn::class_posterior(class_log_prob)};
  if (!labels.defined() || labels.min().item<std::int64_t>() < 0 ||
      labels.max().item<std::int64_t>() >= classes)
    return scores;
  scores.labels = labels;
  scores.given_label = ood::values_of(class_log_prob.gather(1, labels.unsqueeze(1)));
  scores.mean = metrics::mean_interval(scores.given_label);
  const auto right = class_log_prob.argmax(1).eq(labels).to(at::kDouble).mean().item<double>();
  scores.accuracy = metrics::wilson(right, static_cast<double>(labels.size(0)));
  return scores;
}

report::Table to_table(const ClassScores& scores, const models::Likelihood& likelihood) {
  report::Table table{.title = fmt::format("Given one of {} classes", scores.classes())};
  if (!scores.labels.defined()) {
    table.columns = {{"images"}};
    table.rows = {{scores.posterior.size(0)}};
    table.notes = {fmt::format("the set has no labels from 0 to {} to give", scores.classes() - 1)};
    return table;
  }
  table.columns = {{"images"}, {"log p(x | label)", "nats"}, {"accuracy", "%"}};
  table.rows = {
      {scores.posterior.size(0), report::Cell::interval(scores.mean.value, scores.mean.half_width95(), 2),
       report::Cell::interval(100 * scores.accuracy.value, 100 * scores.accuracy.half_width95(), 2)}};
  table.notes = {"accuracy is that of argmax_y p(x | y)"};
  if (likelihood.dequantized) {
    const auto bits = metrics::bits_per_dim(scores.mean, likelihood.dims);
    table.columns.push_back({"bits/dim"});
    table.rows[0].push_back(report::Cell::interval(bits.value, bits.half_width95(), 4));
  }
  return table;
}

Json to_json(const ClassScores& scores, const models::Likelihood& likelihood) {
  Json document{{"classes", scores.classes()}};
  if (!scores.labels.defined()) return document;
  document["mean"] = finite_or_null(scores.mean.value);
  document["half_width95"] = finite_or_null(scores.mean.half_width95());
  document["accuracy"] = scores.accuracy.value;
  document["accuracy_low95"] = scores.accuracy.low;
  document["accuracy_high95"] = scores.accuracy.high;
  if (likelihood.dequantized) {
    const auto bits = metrics::bits_per_dim(scores.mean, likelihood.dims);
    document["bits_per_dim"] = finite_or_null(bits.value);
    document["bits_per_dim_half_width95"] = finite_or_null(bits.half_width95());
  }
  return document;
}

}  // namespace pushforward::runs
