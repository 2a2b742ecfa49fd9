#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

#include "pushforward/data/loader.h"
#include "pushforward/evaluation/scatter.h"
#include "pushforward/gans/verdict.h"
#include "pushforward/lab/plane_game.h"
#include "pushforward/lab/table.h"
#include "pushforward/metrics/diversity.h"
#include "pushforward/metrics/frechet.h"
#include "pushforward/metrics/wasserstein.h"
#include "pushforward/nn/random.h"
#include "pushforward/report/plot.h"
#include "pushforward/runs/sample_monitor.h"

namespace pushforward::lab {
namespace {

using Relation = Check::Relation;

/// A training whose fate is known beforehand.
struct Patient {
  const char* name;  // in the texts
  PlaneGameOptions how;
  bool healthy, is_drawn;
};

std::vector<Patient> patients() {
  return {
      {"healthy", {.objective = gans::non_saturating(), .n_critic = 5}, true, true},
      {"wasserstein",
       {.objective = gans::wasserstein(), .regulariser = gans::gradient_penalty(1), .n_critic = 5},
       true,
       false},
      // The generator runs ahead of its critic: all samples go where the critic of the moment points.
      {"collapsed",
       {.objective = gans::non_saturating(), .generator_rate = 5e-3, .critic_rate = 5e-4, .falling = false},
       false,
       true},
      // The critic is at its optimum before the samples have met the data.
      {"won",
       {.objective = gans::minimax(), .n_critic = 100, .generator_rate = 1e-4, .falling = false},
       false,
       true}};
}

/// What the monitors say, each along the steps of the critic.
struct Chart {
  report::Series critic_loss, generator_loss, generator_gradient, critic_gradient;    // every step
  report::Series distance, fid, modes, diversity, generator_weights, critic_weights;  // some steps
  at::Tensor samples;                                                                 // at the end
};

double norm_of(const nn::Module& network) {
  double squares = 0;
  for (const auto& parameter : network.parameters())
    squares += parameter.detach().to(at::kDouble).square().sum().item<double>();
  return std::sqrt(squares);
}

void append(report::Series& line, std::int64_t step, double value) {
  line.x.push_back(static_cast<double>(step));
  line.y.push_back(value);
}

Chart watched(const Setting& setting, const data::Toy& toy, const Patient& patient, std::int64_t steps) {
  const std::int64_t points = 20, n = setting.options.quick ? 500 : 1'000;
  const auto real = data::to_tensor(data::draw(toy, "test", n));
  const auto statistics = metrics::GaussianStatistics::of(data::to_tensor(data::draw(toy, "test", 10'000)));
  auto how = patient.how;
  how.seed = setting.seed(patient.name);
  PlaneGame game(toy, how);
  Chart chart;
  for (auto* line : {&chart.critic_loss, &chart.generator_loss, &chart.generator_gradient,
                     &chart.critic_gradient, &chart.distance, &chart.fid, &chart.modes, &chart.diversity,
                     &chart.generator_weights, &chart.critic_weights})
    line->name = setting(patient.name);
  const auto measure = [&](std::int64_t step) {
    chart.samples = game.sample(2'000);
    auto coverage = runs::coverage_of(*toy.modes);
    coverage.add(chart.samples);
    append(chart.modes, step, static_cast<double>(coverage.value().covered));
    append(chart.distance, step, metrics::wasserstein(chart.samples.slice(0, 0, n), real).value);
    append(chart.fid, step,
           metrics::frechet_distance(statistics, metrics::GaussianStatistics::of(chart.samples)));
    append(chart.diversity, step, metrics::diversity(chart.samples, real).spread);
    append(chart.generator_weights, step, norm_of(game.generator()));
    append(chart.critic_weights, step, norm_of(game.critic()));
  };
  measure(0);
  game.train(setting(patient.name), steps / how.n_critic, [&](std::int64_t step, const nn::Scalars& scalars) {
    const double penalty = how.regulariser.penalty ? nn::value_of(scalars, "penalty") : 0;
    append(chart.critic_loss, step, nn::value_of(scalars, "critic_loss") - penalty);
    append(chart.generator_loss, step, nn::value_of(scalars, "generator_loss"));
    append(chart.generator_gradient, step, nn::value_of(scalars, "generator_gradient_norm"));
    append(chart.critic_gradient, step, nn::value_of(scalars, "critic_gradient_norm"));
    if (step % (steps / points) == 0) measure(step);
  });
  return chart;
}

double median(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  return sorted[sorted.size() / 2];
}
/// Of the last quarter of a training.
double late(const report::Series& line) {
  return median(std::span(line.y).last((line.y.size() + 3) / 4));
}

/// Of two series, from −1 to 1.
double correlation(const report::Series& a, const report::Series& b) {
  const auto x = at::tensor(a.y, at::kDouble), y = at::tensor(b.y, at::kDouble);
  return at::corrcoef(at::stack({x, y}))[0][1].item<double>();
}

/// A quantity of every step at the steps of another, as the mean since the step before.
report::Series at_steps_of(const report::Series& every, const report::Series& some) {
  report::Series means{.name = every.name, .x = {}, .y = {}};
  for (std::size_t i = 1; i < some.x.size(); ++i) {
    const auto from = static_cast<std::size_t>(some.x[i - 1]), to = static_cast<std::size_t>(some.x[i]);
    double sum = 0;
    for (std::size_t k = from; k < to; ++k) sum += every.y[k];
    means.x.push_back(some.x[i]);
    means.y.push_back(sum / static_cast<double>(to - from));
  }
  return means;
}

/// How many things the program's own judgement of a run finds wrong (gans/verdict.h).
double complaints(const Chart& chart, const Patient& patient, std::int64_t modes) {
  const gans::Vitals vitals{
      .critic_loss = chart.critic_loss.y,
      .generator_loss = chart.generator_loss.y,
      .generator_gradient_norm = chart.generator_gradient.y,
      .sample_diversity = chart.diversity.y.back(),
      .data_diversity = 1,
      .modes = gans::Modes{.covered = std::llround(chart.modes.y.back()), .all = modes}};
  return static_cast<double>(gans::verdict(vitals, patient.how.objective).size());
}

}  // namespace

Findings convergence(const Setting& setting) {
  constexpr std::int64_t steps = 1'000;  // six times as many, and the collapsed run has recovered
  const auto& toy = *data::find_toy("eight-gaussians");
  const auto& centres = toy.modes->centres;
  const auto all = static_cast<double>(centres.size());
  // Half of the modes lost: their mass goes to the next mode at least.
  const double lost = 0.5 * std::hypot(centres[1][0] - centres[0][0], centres[1][1] - centres[0][1]);
  Findings found;
  report::Table table{.title = setting("table.title"),
                      .columns = {{.name = setting("table.monitor"), .align = report::Align::kLeft}}};
  struct Row {
    const char* name;
    int decimals;
    std::function<double(const Chart&)> value;
  };
  const auto end = [](report::Series Chart::*line) {
    return [=](const Chart& chart) { return (chart.*line).y.back(); };
  };
  const auto last = [](report::Series Chart::*line) {
    return [=](const Chart& chart) { return late(chart.*line); };
  };
  const auto growth = [](report::Series Chart::*line) {
    return [=](const Chart& chart) { return (chart.*line).y.back() / (chart.*line).y.front(); };
  };
  const std::vector<Row> rows{{"critic_loss", 4, last(&Chart::critic_loss)},
                              {"generator_loss", 4, last(&Chart::generator_loss)},
                              {"generator_gradient", 6, last(&Chart::generator_gradient)},
                              {"critic_gradient", 6, last(&Chart::critic_gradient)},
                              {"generator_weights", 2, growth(&Chart::generator_weights)},
                              {"critic_weights", 2, growth(&Chart::critic_weights)},
                              {"fid", 3, end(&Chart::fid)},
                              {"modes", 0, end(&Chart::modes)},
                              {"diversity", 2, end(&Chart::diversity)},
                              {"distance", 2, end(&Chart::distance)}};
  for (const auto& row : rows) table.rows.push_back({setting(fmt::format("monitor.{}", row.name))});
  table.rows.push_back({setting("monitor.complaints")});

  report::ScatterPlot scatter{
      .title = setting("samples.title"), .x_label = "x", .y_label = "y", .panels = {}};
  scatter.panels.push_back(
      evaluation::panel(setting("samples.data"), data::to_tensor(data::draw(toy, "test", 2'000))));
  for (const auto& centre : centres) scatter.centres.push_back({centre[0], centre[1]});

  std::vector<Chart> charts;
  for (const auto& patient : patients()) {
    const auto chart = watched(setting, toy, patient, steps);
    const auto name = setting(patient.name);
    table.columns.push_back({name});
    for (std::size_t i = 0; i < rows.size(); ++i)
      table.rows[i].push_back({rows[i].value(chart), rows[i].decimals});
    const double wrong = complaints(chart, patient, std::ssize(centres));
    table.rows.back().push_back({wrong, 0});
    if (patient.is_drawn) scatter.panels.push_back(evaluation::panel(name, chart.samples));
    const auto relation = patient.healthy ? Relation::at_most : Relation::at_least;
    found.checks.push_back({.what = setting("check.distance", name),
                            .measured = chart.distance.y.back(),
                            .expected = lost,
                            .relation = relation});
    found.checks.push_back({.what = setting("check.complaints", name),
                            .measured = wrong,
                            .expected = patient.healthy ? 0.0 : 1.0,
                            .relation = relation});
    charts.push_back(chart);
  }
  const auto &healthy = charts[0], &wasserstein = charts[1], &collapsed = charts[2], &won = charts[3];
  found.checks.push_back({.what = setting("check.collapsed.modes"),
                          .measured = collapsed.modes.y.back(),
                          .expected = all / 2,
                          .relation = Relation::at_most});
  found.checks.push_back({.what = setting("check.collapsed.loss"),
                          .measured = late(collapsed.critic_loss),
                          .expected = std::numbers::ln2 / 2,
                          .relation = Relation::at_least});
  found.checks.push_back({.what = setting("check.won.loss"),
                          .measured = late(won.critic_loss),
                          .expected = 0.02 * std::numbers::ln2,
                          .relation = Relation::at_most});
  found.checks.push_back({.what = setting("check.won.gradient"),
                          .measured = late(won.generator_gradient) / late(healthy.generator_gradient),
                          .expected = 1e-3,
                          .relation = Relation::at_most});
  auto estimate = at_steps_of(wasserstein.critic_loss, wasserstein.distance),
       wasserstein_distance = wasserstein.distance;
  for (auto& value : estimate.y) value = -value;
  wasserstein_distance.x.erase(wasserstein_distance.x.begin());
  wasserstein_distance.y.erase(wasserstein_distance.y.begin());
  found.checks.push_back({.what = setting("check.wasserstein"),
                          .measured = correlation(estimate, wasserstein_distance),
                          .expected = 0.5,
                          .relation = Relation::at_least});
  found.values["loss.correlation"] = found.checks.back().measured;

  // A Gaussian of the data's moments: FID sees nothing, W₁ does.
  const auto data = data::to_tensor(data::draw(toy, "test", 10'000));
  const auto statistics = metrics::GaussianStatistics::of(data);
  const auto factor = at::linalg_cholesky(statistics.covariance());
  const auto blind = nn::draw_normal({10'000, 2}, 0, 1, nn::generator(setting.seed("blind")), at::kDouble)
                         .matmul(factor.t()) +
                     statistics.mean();
  found.checks.push_back(
      {.what = setting("check.blind.fid"),
       .measured = metrics::frechet_distance(statistics, metrics::GaussianStatistics::of(blind)),
       .expected = 0,
       .error = 0.02});
  const auto some = [](const at::Tensor& x) { return x.slice(0, 0, 1'000).to(at::kFloat); };
  found.checks.push_back({.what = setting("check.blind.distance"),
                          .measured = metrics::wasserstein(some(blind), some(data)).low,
                          .expected = metrics::wasserstein(some(data), data.slice(0, 1'000, 2'000)).high,
                          .relation = Relation::at_least});

  const auto plot = [&](const char* file, report::Series Chart::*line, bool log_y) {
    report::CurvePlot curves{.title = setting(fmt::format("monitor.{}", file)),
                             .x_label = setting("plot.x"),
                             .y_label = setting(fmt::format("monitor.{}", file)),
                             .series = {}};
    curves.log_y = log_y;
    for (const auto& chart : charts)
      if (line != &Chart::critic_loss || &chart != &wasserstein)  // a distance, of another size
        curves.series.push_back(report::banded(chart.*line));
    found.plots.push_back(
        {.file = file, .figure = setting.draw(curves), .caption = setting(fmt::format("caption.{}", file))});
  };
  plot("distance", &Chart::distance, false);
  plot("critic_loss", &Chart::critic_loss, false);
  estimate.name = setting("estimate.critic");
  wasserstein_distance.name = setting("monitor.distance");
  found.plots.push_back(
      {.file = "estimate",
       .figure = setting.draw(report::CurvePlot{.title = setting("estimate.title"),
                                                .x_label = setting("plot.x"),
                                                .y_label = "",
                                                .series = {estimate, wasserstein_distance}}),
       .caption = setting("estimate.caption")});
  plot("generator_gradient", &Chart::generator_gradient, true);
  plot("critic_gradient", &Chart::critic_gradient, true);
  plot("critic_weights", &Chart::critic_weights, false);
  plot("fid", &Chart::fid, true);
  plot("modes", &Chart::modes, false);
  found.plots.push_back(
      {.file = "samples", .figure = setting.draw(scatter), .caption = setting("samples.caption")});
  found.tables.push_back(std::move(table));
  return found;
}

}  // namespace pushforward::lab
