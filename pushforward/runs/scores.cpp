#include "pushforward/runs/scores.h"

#include <fmt/format.h>

#include <cmath>

#include "pushforward/core/file.h"
#include "pushforward/data/npy.h"
#include "pushforward/metrics/likelihood.h"
#include "pushforward/models/scoring.h"
#include "pushforward/nn/class_condition.h"
#include "pushforward/ood/state.h"

namespace pushforward::runs {
namespace {

report::Table corrected_table(const Scores& scores) {
  const auto& [mean, constant] = *scores.corrected;
  const auto density = scores.corrected->log_density();
  report::Table table{.title = "As its discriminator corrects it, " + scores.data,
                      .columns = {{"log q + logit", "nats"},
                                  {"log Z", "nats"},
                                  {fmt::format("effective draws of {}", constant.count)},
                                  {"shape of their tail"},
                                  {"estimated log p", "nats"}}};
  const report::Cell unknown("unknown");
  table.rows.push_back(
      {report::Cell::interval(mean.value, mean.half_width95(), 2),
       density ? report::Cell::interval(constant.log_mean.value, constant.log_mean.half_width95(), 2)
               : unknown,
       {constant.effective, 1},
       {constant.tail, 2},
       density ? report::Cell::interval(density->value, density->half_width95(), 2) : unknown});
  if (density && scores.likelihood.dequantized) {
    table.columns.push_back({"estimated bits/dim"});
    const auto bits = metrics::bits_per_dim(*density, scores.likelihood.dims);
    table.rows[0].push_back(report::Cell::interval(bits.value, bits.half_width95(), 4));
  }
  table.notes = {
      "log p = log q + logit − log Z, of which Z = E_q exp(logit) is estimated by samples of the flow q"};
  if (!density)
    table.notes.push_back(fmt::format(
        "the constant is unknown, as it takes {:.0f} effective draws and weights whose tail is of a "
        "shape below {}: log q + logit only compares images",
        metrics::ImportanceMean::least_effective, metrics::ImportanceMean::heaviest_tail));
  return table;
}

Json corrected_json(const CorrectedScores& corrected) {
  const auto density = corrected.log_density();
  const auto interval = [](const metrics::Interval& value) {
    return Json{{"value", finite_or_null(value.value)},
                {"half_width95", finite_or_null(value.half_width95())}};
  };
  return {{"unnormalised", interval(corrected.mean)},
          {"log_constant", density ? interval(corrected.constant.log_mean) : Json(nullptr)},
          {"draws", corrected.constant.count},
          {"effective_draws", corrected.constant.effective},
          {"tail", corrected.constant.tail},
          {"log_density_estimate", density ? interval(*density) : Json(nullptr)}};
}

}  // namespace

std::optional<metrics::Interval> CorrectedScores::log_density() const {
  if (!constant.is_known()) return {};
  const double a = mean.half_width95(), b = constant.log_mean.half_width95();
  const double value = mean.value - constant.log_mean.value, half_width = std::hypot(a, b);
  return metrics::Interval{value, value - half_width, value + half_width};
}

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
  if (const auto& correction = run.model.correction) {
    const auto log_ratio = run.model.outputs.log_ratio(set.values);
    auto sums = scores.log_prob;
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += log_ratio[i];
    scores.corrected = {.mean = metrics::mean_interval(sums), .constant = correction->log_constant()};
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
  if (scores.corrected) tables.push_back(corrected_table(scores));
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
  if (scores.corrected) document["corrected"] = corrected_json(*scores.corrected);
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
