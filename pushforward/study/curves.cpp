#include "pushforward/study/curves.h"

#include "pushforward/core/error.h"
#include "pushforward/core/progress.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::study {
namespace {

constexpr const char* scalar = "log_likelihood";

void append(report::Series& series, const Json& line, const Json& values) {
  if (!values.contains(scalar) || values[scalar].is_null()) return;
  series.x.push_back(line.at("epoch").get<double>());
  series.y.push_back(values[scalar].get<double>());
}

}  // namespace

report::CurvePlot epoch_curves(const train::RunFolder& run) {
  report::Series train{.name = "training (mean over the epoch)"}, held_out{.name = "held out (at its end)"};
  for (const auto& line : train::read_metrics(run.metrics())) {
    if (line.contains("train")) append(train, line, line["train"]);
    if (line.contains("held_out")) append(held_out, line, line["held_out"]);
  }
  report::CurvePlot plot{
      .title = "Log-likelihood by epoch", .x_label = "epoch", .y_label = "mean log p(x) (nats)"};
  plot.series.push_back(std::move(train));
  if (!held_out.x.empty()) plot.series.push_back(std::move(held_out));
  return plot;
}

report::CurvePlot step_curve(const train::RunFolder& run) {
  report::Series steps{.name = "training batch"};
  for (const auto& line : train::read_metrics(run.metrics())) append(steps, line, line);
  return {.title = "Log-likelihood by step",
          .x_label = "epoch",
          .y_label = "mean log p(x) (nats)",
          .series = {std::move(steps)}};
}

void save_curves(const train::RunFolder& run) {
  try {
    report::draw(epoch_curves(run)).save(run.plots() / "curves.png");
  } catch (const Error& error) {
    say("no plot of the curves: {}", error.what());
  }
}

}  // namespace pushforward::study
