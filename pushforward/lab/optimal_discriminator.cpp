#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

#include "pushforward/lab/line_game.h"
#include "pushforward/lab/table.h"
#include "pushforward/metrics/gaussian_divergence.h"
#include "pushforward/metrics/interval.h"
#include "pushforward/nn/random.h"
#include "pushforward/ood/state.h"
#include "pushforward/report/plot.h"

namespace pushforward::lab {
namespace {

using Relation = Check::Relation;
using Logit = std::function<at::Tensor(const at::Tensor& x)>;

struct Game {
  Draw real, fake;
  Logit optimal;
};

Game gaussians_on_the_line(double theta, at::Generator generator) {
  return {.real =
              [=](std::int64_t n) {
                return nn::draw_normal({n, 1}, 0, 1, generator);
              },
          .fake =
              [=](std::int64_t n) {
                return nn::draw_normal({n, 1}, theta, 1, generator);
              },
          .optimal = [=](const at::Tensor& x) { return optimal_logit(x.squeeze(1), theta); }};
}

/// Two Gaussians at (±3/2, 0) of σ = 1/2 against one of σ = 3/2.
Game modes_in_the_plane(at::Generator generator) {
  constexpr double centre = 1.5, narrow = 0.5, wide = 1.5;
  const auto log_normal = [](const at::Tensor& x, double at_x, double sd) {
    return -0.5 * (x - at::tensor({static_cast<float>(at_x), 0.0F})).square().sum(1) / (sd * sd) -
           2 * std::log(sd);
  };
  return {.real =
              [=](std::int64_t n) {
                auto x = nn::draw_normal({n, 2}, 0, narrow, generator);
                x.select(1, 0).add_(at::sign(nn::draw_uniform({n}, -1, 1, generator)) * centre);
                return x;
              },
          .fake =
              [=](std::int64_t n) {
                return nn::draw_normal({n, 2}, 0, wide, generator);
              },
          .optimal =
              [=](const at::Tensor& x) {
                return at::logaddexp(log_normal(x, centre, narrow), log_normal(x, -centre, narrow)) -
                       std::numbers::ln2 - log_normal(x, 0, wide);
              }};
}

/// E log D(x) + E log(1 − D(x̃)) on n fresh draws of each side, with its 95 % half-width.
std::pair<double, double> value_of(const Game& game, const Logit& logit, std::int64_t n) {
  const at::NoGradGuard no_grad;
  const auto real = -at::softplus(-logit(game.real(n))), fake = -at::softplus(logit(game.fake(n)));
  const double variance = (real.var().item<double>() + fake.var().item<double>()) / static_cast<double>(n);
  return {real.mean().item<double>() + fake.mean().item<double>(), metrics::z95 * std::sqrt(variance)};
}

/// Mean and largest |D − D*| over the even mixture of both sides.
std::pair<double, double> error_of(const Game& game, const Logit& logit, std::int64_t n) {
  const at::NoGradGuard no_grad;
  const auto x = at::cat({game.real(n), game.fake(n)});
  const auto off = (logit(x).sigmoid() - game.optimal(x).sigmoid()).abs();
  return {off.mean().item<double>(), off.max().item<double>()};
}

Logit logit_of(const std::shared_ptr<gans::MlpCritic>& critic) {
  return [critic](const at::Tensor& x) { return critic->forward(x); };
}

}  // namespace

Findings optimal_discriminator(const Setting& setting) {
  const bool quick = setting.options.quick;
  const std::int64_t steps = quick ? 600 : 4'000, n = quick ? 50'000 : 400'000;
  constexpr double theta = 2;
  auto generator = nn::generator(setting.seed("draws"));
  Findings found;
  report::Table table{.title = setting("errors.title"),
                      .columns = {{.name = setting("errors.which"), .align = report::Align::kLeft},
                                  {setting("errors.mean")},
                                  {setting("errors.largest")},
                                  {setting("errors.value")}}};
  const auto look = [&](const char* which, const Game& game, const std::shared_ptr<gans::MlpCritic>& critic) {
    const auto [mean, largest] = error_of(game, logit_of(critic), n / 4);
    const auto [value, half_width] = value_of(game, logit_of(critic), n);
    table.rows.push_back(
        {setting(which), {mean, 4}, {largest, 3}, report::Cell::interval(value, half_width, 4)});
    return std::pair(mean, std::pair(value, half_width));
  };

  const auto line = gaussians_on_the_line(theta, generator);
  const auto unit = at::ones({1, 1}, at::kDouble);
  const auto gaussian = [&](double mean) {
    return metrics::GaussianStatistics::from(2, at::full({1}, mean, at::kDouble), unit);
  };
  const double best = 2 * metrics::jensen_shannon(gaussian(0), gaussian(theta)) - std::log(4);
  const auto critic = trained_critic(line.real, line.fake, 1, steps, setting.seed("line"));
  {
    const auto [mean, value] = look("errors.line", line, critic);
    found.checks.push_back({.what = setting("check.line"),
                            .measured = mean,
                            .expected = quick ? 0.03 : 0.01,
                            .relation = Relation::at_most});
    found.checks.push_back({.what = setting("check.value"),
                            .measured = value.first,
                            .expected = best,
                            .error = beyond_chance * value.second + (quick ? 5e-3 : 1e-3)});
  }

  const auto plane = modes_in_the_plane(generator);
  const auto plane_critic = trained_critic(plane.real, plane.fake, 2, steps, setting.seed("plane"));
  const auto plane_best = value_of(plane, plane.optimal, n);
  {
    const auto [mean, value] = look("errors.plane", plane, plane_critic);
    found.checks.push_back({.what = setting("check.plane.error"),
                            .measured = mean,
                            .expected = quick ? 0.06 : 0.02,
                            .relation = Relation::at_most});
    found.checks.push_back(
        {.what = setting("check.plane.value"),
         .measured = value.first,
         .expected = plane_best.first,
         .error = beyond_chance * (value.second + plane_best.second) + (quick ? 2e-2 : 5e-3)});
  }

  // Forty samples of each side, by heart: the game on them is worth more than its value, on others less.
  const auto few_real = line.real(40), few_fake = line.fake(40);
  const Game few{.real = [=](std::int64_t) { return few_real; },
                 .fake = [=](std::int64_t) { return few_fake; },
                 .optimal = line.optimal};
  const auto by_heart =
      trained_critic(few.real, few.fake, 1, quick ? 1'500 : 4'000, setting.seed("few"), {256, 256});
  {
    const auto [mean, value] = look("errors.few", line, by_heart);
    const auto seen = value_of(few, logit_of(by_heart), 1).first;
    found.checks.push_back({.what = setting("check.few.seen"),
                            .measured = seen,
                            .expected = value_of(few, line.optimal, 1).first,
                            .relation = Relation::at_least});
    found.checks.push_back({.what = setting("check.few.fresh"),
                            .measured = value.first,
                            .expected = best,
                            .error = beyond_chance * value.second,
                            .relation = Relation::at_most});
  }

  // A line cannot be the parabola that N(0, 1) against N(0, 3²) takes.
  const Game scales{
      .real = line.real,
      .fake =
          [=](std::int64_t count) {
            return nn::draw_normal({count, 1}, 0, 3, generator);
          },
      .optimal = [](const at::Tensor& x) { return std::log(3.0) - x.squeeze(1).square() * (4.0 / 9); }};
  const auto linear = trained_critic(scales.real, scales.fake, 1, steps, setting.seed("linear"), {});
  {
    const auto [mean, value] = look("errors.linear", scales, linear);
    found.checks.push_back({.what = setting("check.linear"),
                            .measured = value.first,
                            .expected = -std::log(4),
                            .error = beyond_chance * value.second,
                            .relation = Relation::at_most});
  }
  found.tables.push_back(std::move(table));

  const at::NoGradGuard no_grad;
  const auto x = at::linspace(-4, 6, 201).unsqueeze(1);
  const auto x_numbers = ood::values_of(x), logits = ood::values_of(critic->forward(x)),
             ratios = ood::values_of(line.optimal(x));
  found.plots.push_back({.file = "logit",
                         .figure = setting.draw(report::CurvePlot{
                             .title = setting("plot.title"),
                             .x_label = "x",
                             .y_label = setting("plot.y"),
                             .series = {{.name = setting("plot.logit"), .x = x_numbers, .y = logits},
                                        {.name = setting("plot.ratio"), .x = x_numbers, .y = ratios}}}),
                         .caption = setting("plot.caption")});
  return found;
}

}  // namespace pushforward::lab
