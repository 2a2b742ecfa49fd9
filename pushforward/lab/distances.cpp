#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "pushforward/core/interrupt.h"
#include "pushforward/lab/table.h"
#include "pushforward/metrics/histogram_divergence.h"
#include "pushforward/metrics/maximum_mean_discrepancy.h"
#include "pushforward/metrics/wasserstein.h"
#include "pushforward/nn/module.h"
#include "pushforward/nn/random.h"
#include "pushforward/report/plot.h"

namespace pushforward::lab {
namespace {

using Relation = Check::Relation;

constexpr double grid_step = 1e-3;

const at::Tensor& grid() {
  static const auto x = at::linspace(-30, 30, 60'001, at::kDouble);
  return x;
}

at::Tensor normal(double mean) {
  return (-0.5 * (grid() - mean).square()).exp() / std::sqrt(2 * std::numbers::pi);
}

double integral(const at::Tensor& f) {
  return f.sum().item<double>() * grid_step;
}

double kl(const at::Tensor& p, const at::Tensor& q) {
  return integral(p * (p.clamp_min(1e-300).log() - q.clamp_min(1e-300).log()));
}
double jensen_shannon(const at::Tensor& p, const at::Tensor& q) {
  const auto m = (p + q) / 2;
  return (kl(p, m) + kl(q, m)) / 2;
}
double total_variation(const at::Tensor& p, const at::Tensor& q) {
  return integral((p - q).abs()) / 2;
}
/// ∫ |F − G|.
double wasserstein_1(const at::Tensor& p, const at::Tensor& q) {
  return integral(((p - q).cumsum(0) * grid_step).abs());
}
/// MMD² of N(0, 1) and N(θ, 1) for the kernel exp(−(x − y)²/2h²).
double gaussian_mmd(double theta, double h) {
  return 2 * h / std::sqrt(h * h + 2) * (1 - std::exp(-theta * theta / (2 * (h * h + 2))));
}

/// The segments {0} × [0, 1] and {θ} × [0, 1] by n points each, at the same heights.
std::pair<at::Tensor, at::Tensor> parallel_lines(double theta, std::int64_t n, at::Generator generator) {
  const auto heights = nn::draw_uniform({n, 1}, 0, 1, std::move(generator), at::kDouble);
  return {at::cat({at::zeros_like(heights), heights}, 1),
          at::cat({at::full_like(heights, theta), heights}, 1)};
}

void add_lines(Findings& found, const Setting& setting, at::Generator generator) {
  report::Series js{.name = setting("js"), .x = {}, .y = {}}, tv = js, w = js;
  tv.name = setting("tv");
  w.name = setting("w1");
  for (const double theta : {0.0, 0.01, 0.25, 0.5, 0.75, 1.0}) {
    const auto [a, b] = parallel_lines(theta, 500, generator);
    const auto cells = metrics::bin_together(a, b, 10);
    const double distance = metrics::wasserstein(a, b).value,
                 divergence = metrics::jensen_shannon(cells).value,
                 variation = metrics::total_variation(cells).value;
    const bool same = theta == 0;
    found.checks.push_back(
        {.what = setting("check.lines.w", theta), .measured = distance, .expected = theta, .error = 1e-12});
    found.checks.push_back({.what = setting("check.lines.js", theta),
                            .measured = divergence,
                            .expected = same ? 0 : std::numbers::ln2,
                            .error = 1e-12});
    found.checks.push_back({.what = setting("check.lines.tv", theta),
                            .measured = variation,
                            .expected = same ? 0.0 : 1.0,
                            .error = 1e-12});
    if (!same)
      found.checks.push_back({.what = setting("check.lines.kl", theta),
                              .measured = cells.outside(),
                              .expected = 1,
                              .error = 1e-12});
    for (auto& [line, value] :
         {std::pair<report::Series&, double>{js, divergence}, {tv, variation}, {w, distance}}) {
      line.x.push_back(theta);
      line.y.push_back(value);
    }
  }
  found.plots.push_back({.file = "lines",
                         .figure = setting.draw(report::CurvePlot{.title = setting("lines.title"),
                                                                  .x_label = "θ",
                                                                  .y_label = setting("lines.y"),
                                                                  .series = {js, tv, w}}),
                         .caption = setting("lines.caption")});
}

void add_gaussians(Findings& found, const Setting& setting, at::Generator generator) {
  const std::int64_t n = setting.options.quick ? 2'000 : 10'000;
  constexpr double h = 1;
  std::vector<report::Series> lines;
  for (const char* name : {"kl", "js", "tv", "w1", "mmd"})
    lines.push_back({.name = setting(name), .x = {}, .y = {}});
  for (double theta = 0; theta <= 6.01; theta += 0.5) {
    const auto p = normal(0), q = normal(theta);
    const std::vector<double> values{kl(p, q), jensen_shannon(p, q), total_variation(p, q),
                                     wasserstein_1(p, q), gaussian_mmd(theta, h)};
    for (std::size_t i = 0; i < values.size(); ++i) {
      lines[i].x.push_back(theta);
      lines[i].y.push_back(values[i] <= 6.001 ? values[i] : std::numeric_limits<double>::quiet_NaN());
    }
  }
  for (const double theta : {2.0, 3.0, 4.0}) {
    const auto p = normal(0), q = normal(theta);
    found.checks.push_back({.what = setting("check.kl", theta),
                            .measured = kl(p, q),
                            .expected = theta * theta / 2,
                            .error = 1e-6});
    found.checks.push_back({.what = setting("check.tv", theta),
                            .measured = total_variation(p, q),
                            .expected = std::erf(theta / (2 * std::numbers::sqrt2)),
                            .error = 1e-6});
    const auto a = nn::draw_normal({n}, 0, 1, generator, at::kDouble),
               b = nn::draw_normal({n}, theta, 1, generator, at::kDouble);
    const auto w = metrics::wasserstein_1d(a, b);
    found.checks.push_back({.what = setting("check.w", theta, n),
                            .measured = w.value,
                            .expected = theta,
                            .error = beyond_chance * w.half_width95()});
    const auto few = std::min<std::int64_t>(n, 2'000);
    const auto mmd = metrics::maximum_mean_discrepancy(a.slice(0, 0, few).unsqueeze(1),
                                                       b.slice(0, 0, few).unsqueeze(1), {h})
                         .unbiased;
    found.checks.push_back({.what = setting("check.mmd", theta, few),
                            .measured = mmd.value,
                            .expected = gaussian_mmd(theta, h),
                            .error = beyond_chance * mmd.half_width95()});
  }
  // What is left to learn from: JS flattens where W₁ keeps its slope.
  const auto slope = [](const auto& distance, double theta) {
    return (distance(normal(0), normal(theta + 0.01)) - distance(normal(0), normal(theta - 0.01))) / 0.02;
  };
  found.checks.push_back({.what = setting("check.slope.w", 8),
                          .measured = slope(wasserstein_1, 8),
                          .expected = 1,
                          .error = 1e-4});
  found.checks.push_back({.what = setting("check.slope.js", 8),
                          .measured = slope(jensen_shannon, 8),
                          .expected = 1e-3,
                          .relation = Relation::at_most});
  found.plots.push_back({.file = "gaussians",
                         .figure = setting.draw(report::CurvePlot{.title = setting("gaussians.title"),
                                                                  .x_label = "θ",
                                                                  .y_label = setting("gaussians.y"),
                                                                  .series = lines}),
                         .caption = setting("gaussians.caption")});
}

/// One of two modes is lost: q = N(3, 1) for p = ½N(−3, 1) + ½N(3, 1).
void add_lost_mode(Findings& found, const Setting& setting) {
  const auto p = (normal(-3) + normal(3)) / 2, q = normal(3);
  found.checks.push_back({.what = setting("check.lost.reverse"),
                          .measured = kl(q, p),
                          .expected = std::numbers::ln2,
                          .error = 0.01});
  found.checks.push_back({.what = setting("check.lost.forward"),
                          .measured = kl(p, q),
                          .expected = 5,
                          .relation = Relation::at_least});
  found.checks.push_back(
      {.what = setting("check.lost.w"), .measured = wasserstein_1(p, q), .expected = 3, .error = 1e-3});
  report::Table table{.title = setting("lost.title"),
                      .columns = {{.name = setting("lost.which"), .align = report::Align::kLeft},
                                  {"KL(P‖Q)", "nats"},
                                  {"KL(Q‖P)", "nats"},
                                  {"JS", "nats"},
                                  {"TV"},
                                  {"W₁"}}};
  const auto row = [&](const char* which, const at::Tensor& a, const at::Tensor& b) {
    table.rows.push_back({setting(which),
                          {kl(a, b), 3},
                          {kl(b, a), 3},
                          {jensen_shannon(a, b), 3},
                          {total_variation(a, b), 3},
                          {wasserstein_1(a, b), 3}});
  };
  row("lost.half", p, q);
  row("lost.between", p, normal(0));
  row("lost.weights", p, 0.9 * normal(3) + 0.1 * normal(-3));
  found.tables.push_back(std::move(table));
}

/// p = (½, ½, 0), q = (0, ½, ½).
void add_zero_cells(Findings& found, const Setting& setting) {
  const metrics::BinnedPair cells{.p = {0.5, 0.5, 0}, .q = {0, 0.5, 0.5}, .n = 1000, .m = 1000, .bins = 3};
  found.checks.push_back({.what = setting("check.zero.js"),
                          .measured = metrics::jensen_shannon(cells).value,
                          .expected = std::numbers::ln2 / 2,
                          .error = 1e-12});
  found.checks.push_back({.what = setting("check.zero.tv"),
                          .measured = metrics::total_variation(cells).value,
                          .expected = 0.5,
                          .error = 1e-12});
  found.checks.push_back({.what = setting("check.zero.kl"),
                          .measured = metrics::kl_divergence(cells).value,
                          .expected = 1e300,
                          .relation = Relation::at_least});
  const metrics::BinnedPair inside{.p = {0, 0.5, 0.5}, .q = {0.2, 0.4, 0.4}, .n = 1000, .m = 1000, .bins = 3};
  found.checks.push_back({.what = setting("check.zero.inside"),
                          .measured = metrics::kl_divergence(inside).value,
                          .expected = std::log(1.25),
                          .error = 1e-12});
}

/// W₁ of two sample sets of one distribution falls as n^(−1/2).
void add_bias(Findings& found, const Setting& setting, at::Generator generator) {
  const std::int64_t repeats = setting.options.quick ? 200 : 1'000;
  std::vector<double> x, y;
  report::Series line{.name = setting("bias.series"), .x = {}, .y = {}};
  for (const std::int64_t n : {50, 100, 200, 400, 800, 1600}) {
    stop_if_interrupted("measuring distances");
    double sum = 0;
    for (std::int64_t r = 0; r < repeats; ++r)
      sum += metrics::wasserstein_1d(nn::draw_normal({n}, 0, 1, generator, at::kDouble),
                                     nn::draw_normal({n}, 0, 1, generator, at::kDouble))
                 .value;
    line.x.push_back(static_cast<double>(n));
    line.y.push_back(sum / static_cast<double>(repeats));
    x.push_back(std::log(static_cast<double>(n)));
    y.push_back(std::log(line.y.back()));
  }
  const auto a = at::tensor(x), b = at::tensor(y);
  const double slope =
      ((a - a.mean()) * (b - b.mean())).sum().item<double>() / (a - a.mean()).square().sum().item<double>();
  found.checks.push_back({.what = setting("check.bias"),
                          .measured = slope,
                          .expected = -0.5,
                          .error = setting.options.quick ? 0.05 : 0.02});
  report::CurvePlot plot{
      .title = setting("bias.title"), .x_label = setting("bias.x"), .y_label = "W₁", .series = {line}};
  plot.log_x = plot.log_y = true;
  found.plots.push_back({.file = "bias", .figure = setting.draw(plot), .caption = setting("bias.caption")});
}

}  // namespace

Findings distances(const Setting& setting) {
  auto generator = nn::generator(setting.seed("draws"));
  Findings found;
  add_lines(found, setting, generator);
  add_gaussians(found, setting, generator);
  add_lost_mode(found, setting);
  add_zero_cells(found, setting);
  add_bias(found, setting, generator);
  return found;
}

}  // namespace pushforward::lab
