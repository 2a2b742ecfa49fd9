#include <ATen/ATen.h>

#include <cmath>

#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/flows/spline_flow.h"
#include "pushforward/lab/table.h"
#include "pushforward/nn/maximum_likelihood.h"
#include "pushforward/nn/random.h"
#include "pushforward/report/plot.h"

namespace pushforward::lab {
namespace {

using Relation = Check::Relation;

constexpr double heads = 0.4;
constexpr std::int64_t levels = 4;

/// P of 0 … 3 heads in three throws.
std::array<double, levels> binomial() {
  const double t = 1 - heads;
  return {t * t * t, 3 * heads * t * t, 3 * heads * heads * t, heads * heads * heads};
}

/// Of two independent numbers, in nats.
double entropy() {
  double h = 0;
  for (const double p : binomial()) h -= 2 * p * std::log(p);
  return h;
}

/// Pairs of numbers of heads [n, 2].
at::Tensor discrete(std::int64_t n, at::Generator generator) {
  return (nn::draw_uniform({n, 2, levels - 1}, 0, 1, std::move(generator)) < heads).sum(2).to(at::kFloat);
}

/// Mean log-likelihood of batches by step.
report::Series learning(const Setting& setting, bool dequantised, std::int64_t steps) {
  constexpr std::int64_t batch = 512;
  auto generator = nn::generator(setting.seed(dequantised ? "dequantised" : "raw"));
  nn::MaximumLikelihood training(
      flows::spline_flow({.dims = 2, .hidden = 64, .couplings = 6, .seed = setting.options.seed}),
      {.descent = {.clip_norm = 100}});
  report::Series line{.name = setting(dequantised ? "dequantised" : "raw"), .x = {}, .y = {}};
  Progress progress(dequantised ? "with noise" : "without noise", steps);
  for (std::int64_t step = 0; step < steps; ++step) {
    stop_if_interrupted("training a flow of discrete data");
    auto x = discrete(batch, generator);
    if (dequantised) x = x + nn::draw_uniform({batch, 2}, 0, 1, generator);
    const double done = static_cast<double>(step) / static_cast<double>(steps);
    const auto scalars = training.step(x, {.step = step, .learning_rate = 2e-3 * (1 - done)});
    line.x.push_back(static_cast<double>(step));
    line.y.push_back(nn::value_of(scalars, "log_likelihood"));
    progress.advance();
  }
  return line;
}

/// The mean of a tenth of the training, from 0.
double tenth(const report::Series& line, std::size_t which) {
  const auto size = line.y.size() / 10;
  double sum = 0;
  for (std::size_t i = which * size; i < (which + 1) * size; ++i) sum += line.y[i];
  return sum / static_cast<double>(size);
}

}  // namespace

Findings dequantisation(const Setting& setting) {
  const std::int64_t steps = setting.options.quick ? 800 : 4'000;
  const auto raw = learning(setting, false, steps), dequantised = learning(setting, true, steps);
  const double bound = -entropy();
  Findings found{.checks = {{.what = setting("check.raw"),
                             .measured = tenth(raw, 9),
                             .expected = bound + 2,
                             .relation = Relation::at_least},
                            {.what = setting("check.grows"),
                             .measured = tenth(raw, 9),
                             .expected = tenth(raw, 4),
                             .relation = Relation::at_least},
                            {.what = setting("check.bound"),
                             .measured = tenth(dequantised, 9),
                             .expected = bound,
                             .error = 0.02,
                             .relation = Relation::at_most},
                            {.what = setting("check.reached"),
                             .measured = tenth(dequantised, 9),
                             .expected = bound,
                             .error = 0.15}}};
  report::CurvePlot plot{.title = setting("plot.title"),
                         .x_label = setting("plot.x"),
                         .y_label = setting("plot.y"),
                         .series = {report::banded(raw), report::banded(dequantised)}};
  plot.series.push_back(
      {.name = setting("plot.bound"), .x = {0, static_cast<double>(steps)}, .y = {bound, bound}});
  found.plots.push_back(
      {.file = "likelihood", .figure = setting.draw(plot), .caption = setting("plot.caption")});
  return found;
}

}  // namespace pushforward::lab
