#include "pushforward/runs/scores.h"

#include <fmt/format.h>

#include "pushforward/core/file.h"
#include "pushforward/data/npy.h"
#include "pushforward/metrics/likelihood.h"

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
  Scores scores{.data = data,
                .likelihood = models::expect_density(run.model).likelihood,
                .log_prob = run.model.outputs.log_prob(run.load(data)),
                .summary = {},
                .mean = {}};
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
  if (scores.likelihood.estimated)
    table.notes.push_back("each log-likelihood is an unbiased estimate, whose noise the intervals hold");
  if (s.non_finite > 0)
    table.notes.push_back(
        fmt::format("{} of {} log-likelihoods are not finite and are left out", s.non_finite, s.count));
  return table;
}

Json to_json(const Scores& scores) {
  const auto& s = scores.summary;
  const auto bits = scores.bits_per_dim(s.mean);
  return {{"data", scores.data},
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
}

void write_scores(const std::filesystem::path& path, const Scores& scores) {
  const auto& log_prob = scores.log_prob;
  if (path.extension() == ".npy")
    return data::write_npy(path, data::NpyArray::of<double>({std::ssize(log_prob)}, log_prob));
  std::string text = "image,log_prob_nats";
  text += scores.likelihood.dequantized ? ",bits_per_dim\n" : "\n";
  for (std::size_t i = 0; i < log_prob.size(); ++i) {
    text += fmt::format("{},{}", i, log_prob[i]);
    if (const auto bits = scores.bits_per_dim(log_prob[i])) text += fmt::format(",{}", *bits);
    text += "\n";
  }
  write_file(path, text);
}

}  // namespace pushforward::runs
