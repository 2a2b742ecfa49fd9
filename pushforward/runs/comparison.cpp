#include "pushforward/runs/comparison.h"

#include "pushforward/core/error.h"
#include "pushforward/metrics/likelihood.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::runs {
namespace {

report::Series learning(const models::Run& run) {
  const auto& likelihood = models::expect_density(run.model).likelihood;
  const auto name = run.folder.path().filename().string();
  if (!likelihood.dequantized) throw usage("{}: {}", name, likelihood.reason());
  report::Series series{.name = name, .x = {}, .y = {}};
  for (const auto& line : train::read_metrics(run.folder.metrics())) {
    const auto held_out = line.find("held_out");
    if (held_out == line.end() || !held_out->contains("log_likelihood")) continue;
    const auto& nats = (*held_out)["log_likelihood"];
    if (!nats.is_number()) continue;
    series.x.push_back(line.at("seconds").get<double>() / 60);
    series.y.push_back(metrics::bits_per_dim(nats.get<double>(), likelihood.dims));
  }
  if (series.x.empty())
    throw usage("{}: no epoch with a held-out likelihood, train it to the end of one", name);
  return series;
}

}  // namespace

report::CurvePlot compare_densities(std::span<const models::Run> runs) {
  report::CurvePlot plot{.title = "Held-out likelihood by training time",
                         .x_label = "minutes of training",
                         .y_label = "bits/dim",
                         .series = {},
                         .note = "after every epoch; lower is better"};
  for (const auto& run : runs) plot.series.push_back(learning(run));
  return plot;
}

}  // namespace pushforward::runs
