#include "pushforward/runs/scores.h"

#include <fmt/format.h>

#include "pushforward/core/file.h"
#include "pushforward/data/npy.h"
#include "pushforward/metrics/likelihood.h"
#include "pushforward/models/scoring.h"
#include "pushforward/nn/class_condition.h"
#include "pushforward/ood/state.h"

namespace pushforward::runs {

std::optional<double> Scores::bits_per_dim(double nats) const {
  if (!likelihood.dequantized) return {};
  return metrics::bits_per_dim(nats, likelihood.dims);
}

std::optional<double> Scores::bits_half_width95() const {
  if (!likelihood.dequantized) return {};
  return metrics::bits_per_dim(mean, likelihood.dims).half_width95();
}

Scores score(const models::Run& run, const std::string& data) {
  const auto& density = models::expect_density(run.model);
  const auto set = run.examples(data);
  Scores scores{.data = data, .likelihood = density.likelihood};
  if (density.classes() > 0) {
    const auto of_classes = models::class_log_prob(*density.flow, set.values);
    scores.log_prob = ood::values_of(nn::marginal_log_prob(of_classes));
    scores.classes = class_scores(of_classes, set.labels);
  } else {
    scores.log_prob = run.model.outputs.log_prob(set.values);
  }
  scores.summary = metrics::summarize(scores.log_prob);
  scores.mean = metrics::mean_interval(scores.log_prob);
  return scores;
}

report::Table to_table(const Scores& scores) {
  const auto& s = scores.summary;
  report::Table table{.title = "Log-likelihood of " + scores.data,
                      .columns = {{"images"},
                                  {"mean", "nats"},
                                  {"sd", "nats"},
                                  {"median", "nats"},
                                  {"min", "nats"},
                                  {"max", "nats"}}};
  table.rows.push_back({s.count,
                        report::Cell::interval(s.mean, scores.mean.half_width95(), 2),
                        {s.sd, 2},
                        {s.median, 2},
                        {s.min, 2},
                        {s.max, 2}});
  if (const auto bits = scores.bits_per_dim(s.mean)) {
    table.columns.push_back({"bits/dim"});
    table.rows[0].push_back(report::Cell::interval(*bits, *scores.bits_half_width95(), 4));
  } else {
    table.notes.push_back(scores.likelihood.reason());
  }
  if (scores.likelihood.bound)
    table.notes.emplace_back("a lower bound of log p, with learned noise: bits/dim are at most these");
  if (scores.classes)
    table.notes.push_back(
        fmt::format("of p(x) = Σ p(x | y) / {}, every class as probable", scores.classes->classes()));
  if (scores.likelihood.estimated)
    table.notes.emplace_back(
        scores.classes ? "each log p(x | y) is an unbiased estimate, with the same draws for every "
                         "y; of log p(x) that is not quite so"
                       : "each log-likelihood is an unbiased estimate, whose noise the intervals hold");
  if (s.non_finite > 0)
    table.notes.push_back(
        fmt::format("{} of {} log-likelihoods are not finite and are left out", s.non_finite, s.count));
  return table;
}

std::vector<report::Table> to_tables(const Scores& scores) {
  std::vector<report::Table> tables{to_table(scores)};
  if (scores.classes) tables.push_back(to_table(*scores.classes, scores.likelihood));
  return tables;
}

Json to_json(const Scores& scores) {
  const auto& s = scores.summary;
  const auto bits = scores.bits_per_dim(s.mean);
  Json document{
      {"data", scores.data},
      {"of", scores.likelihood.of},
      {"bound", scores.likelihood.bound},
      {"images", s.count},
      {"non_finite", s.non_finite},
      {"mean", finite_or_null(s.mean)},
      {"half_width95", finite_or_null(scores.mean.half_width95())},
      {"sd", finite_or_null(s.sd)},
      {"median", finite_or_null(s.median)},
      {"min", finite_or_null(s.min)},
      {"max", finite_or_null(s.max)},
      {"estimated", scores.likelihood.estimated},
      {"bits_per_dim", bits ? finite_or_null(*bits) : Json(nullptr)},
      {"bits_per_dim_half_width95", bits ? finite_or_null(*scores.bits_half_width95()) : Json(nullptr)}};
  if (scores.classes) document["given_label"] = to_json(*scores.classes, scores.likelihood);
  return document;
}

void write_scores(const std::filesystem::path& path, const Scores& scores) {
  const auto& log_prob = scores.log_prob;
  const auto n = std::ssize(log_prob), classes = scores.classes ? scores.classes->classes() : 0;
  const auto posterior = scores.classes ? scores.classes->posterior.contiguous() : at::Tensor();
  const auto of_class = [&](std::size_t i, std::int64_t y) {
    return posterior.data_ptr<double>()[static_cast<std::int64_t>(i) * classes + y];
  };
  if (path.extension() == ".npy") {
    if (!scores.classes) return data::write_npy(path, data::NpyArray::of<double>({n}, log_prob));
    const auto rows =
        ood::values_of(at::cat({ood::tensor_of(log_prob).unsqueeze(1), posterior}, 1).flatten());
    return data::write_npy(path, data::NpyArray::of<double>({n, 1 + classes}, rows));
  }
  const bool labelled = classes > 0 && scores.classes->labels.defined();
  std::string text = "image,log_prob_nats";
  if (scores.likelihood.dequantized) text += ",bits_per_dim";
  if (labelled) text += ",label,log_prob_given_label_nats";
  for (std::int64_t y = 0; y < classes; ++y) text += fmt::format(",p_{}", y);
  text += "\n";
  for (std::size_t i = 0; i < log_prob.size(); ++i) {
    text += fmt::format("{},{}", i, log_prob[i]);
    if (const auto bits = scores.bits_per_dim(log_prob[i])) text += fmt::format(",{}", *bits);
    if (labelled)
      text += fmt::format(",{},{}", scores.classes->labels.data_ptr<std::int64_t>()[i],
                          scores.classes->given_label[i]);
    for (std::int64_t y = 0; y < classes; ++y) text += fmt::format(",{}", of_class(i, y));
    text += "\n";
  }
  write_file(path, text);
}

}  // namespace pushforward::runs
