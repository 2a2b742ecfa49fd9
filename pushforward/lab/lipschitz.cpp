#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <numbers>

#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/gans/mlp.h"
#include "pushforward/gans/objective.h"
#include "pushforward/gans/regulariser.h"
#include "pushforward/lab/table.h"
#include "pushforward/metrics/wasserstein.h"
#include "pushforward/nn/descent.h"
#include "pushforward/nn/random.h"
#include "pushforward/ood/state.h"
#include "pushforward/report/plot.h"

namespace pushforward::lab {
namespace {

using Relation = Check::Relation;

constexpr double limit = 0.1;  // of clipped weights
constexpr double lambda = 10;  // of the penalty

/// Eight Gaussians on a circle of radius 2, and one in its middle.
at::Tensor ring(std::int64_t n, at::Generator generator) {
  const auto angle = (nn::draw_uniform({n}, 0, 8, generator).floor()) * (std::numbers::pi / 4);
  return 2 * at::stack({angle.cos(), angle.sin()}, 1) + nn::draw_normal({n, 2}, 0, 0.1, generator);
}
at::Tensor middle(std::int64_t n, at::Generator generator) {
  return nn::draw_normal({n, 2}, 0, 0.5, std::move(generator));
}

struct Way {
  const char* name;  // in the texts
  gans::Objective objective;
  gans::Regulariser regulariser;
  bool spectral = false;
};

std::vector<Way> critics() {
  return {{"clipping", gans::wasserstein(), gans::weight_clipping(limit)},
          {"penalty", gans::wasserstein(), gans::gradient_penalty(lambda)},
          {"spectral", gans::wasserstein(), gans::no_regulariser(), true}};
}
/// What they are to replace.
Way discriminator() {
  return {"discriminator", gans::minimax(), gans::no_regulariser()};
}

std::shared_ptr<gans::MlpCritic> trained(const Way& way, std::int64_t steps, std::uint64_t seed) {
  auto generator = nn::generator(seed);
  auto critic = std::make_shared<gans::MlpCritic>(
      gans::MlpCriticOptions{.hidden = {128, 128}, .slope = 0.2, .spectral_norm = way.spectral}, generator);
  nn::Descent descent(*critic, {.optimiser = ops::AdamOptions{.beta1 = 0.5}});
  Progress progress(way.name, steps);
  for (std::int64_t step = 0; step < steps; ++step) {
    stop_if_interrupted("training a critic");
    const auto real = ring(256, generator), fake = middle(256, generator);
    auto loss = way.objective.critic_loss(critic->forward(real), critic->forward(fake));
    if (way.regulariser.penalty) loss = loss + way.regulariser.penalty(*critic, real, fake, generator);
    const double done = static_cast<double>(step) / static_cast<double>(steps);
    descent.minimise(loss, {.step = step, .learning_rate = 2e-3 * (1 - done)});
    if (way.regulariser.after_step) way.regulariser.after_step(*critic);
    progress.advance();
  }
  critic->train(false);
  return critic;
}

/// n points on straight lines between samples of both sides.
at::Tensor between(std::int64_t n, at::Generator generator) {
  const auto share = nn::draw_uniform({n, 1}, 0, 1, generator);
  return at::lerp(ring(n, generator), middle(n, generator), share);
}

/// ‖∇f‖ at points [N, 2].
at::Tensor slopes(gans::MlpCritic& critic, const at::Tensor& points) {
  const auto x = points.detach().requires_grad_();
  return torch::autograd::grad({critic.forward(x).sum()}, {x})[0].norm(2, 1);
}

/// Of the generator's loss by where a sample lies: its mean over samples, as a share of its largest on the
/// way from them to the data.
double gradient_at_samples(gans::MlpCritic& critic, const Way& way, std::int64_t n, at::Generator generator) {
  const auto gradients = [&](const at::Tensor& points) {
    const auto x = points.requires_grad_();
    const auto loss = way.objective.generator_loss(critic.forward(x)) * n;
    return torch::autograd::grad({loss}, {x})[0].norm(2, 1);
  };
  const auto largest = gradients(between(n, generator)).max();
  return (gradients(middle(n, generator)).mean() / largest).item<double>();
}

at::Tensor weights_of(const gans::MlpCritic& critic) {
  std::vector<at::Tensor> all;
  for (const auto& parameter : critic.parameters())
    if (parameter.dim() == 2) all.push_back(parameter.flatten());
  return at::cat(all);
}

/// The critic's value on a square, from its least, black, to its largest.
void append_surface(gans::MlpCritic& critic, std::vector<std::uint8_t>& pixels) {
  constexpr std::int64_t side = 96;
  const at::NoGradGuard no_grad;
  const auto axis = at::linspace(-3, 3, side);
  const auto y = axis.flip(0).view({side, 1}).expand({side, side}),
             x = axis.view({1, side}).expand({side, side});
  const auto value = critic.forward(at::stack({x.flatten(), y.flatten()}, 1));
  const auto levels = ((value - value.min()) / (value.max() - value.min()) * 255).to(at::kByte).contiguous();
  pixels.insert(pixels.end(), levels.data_ptr<std::uint8_t>(),
                levels.data_ptr<std::uint8_t>() + levels.numel());
}

}  // namespace

Findings lipschitz(const Setting& setting) {
  const bool quick = setting.options.quick;
  const std::int64_t steps = quick ? 500 : 3'000, n = quick ? 500 : 2'000;
  auto generator = nn::generator(setting.seed("draws"));
  const auto exact = metrics::wasserstein(ring(n, generator), middle(n, generator));
  const at::AutoGradMode gradients(true);

  Findings found;
  report::Table table{.title = setting("table.title"),
                      .columns = {{.name = setting("table.how"), .align = report::Align::kLeft},
                                  {setting("table.estimate")},
                                  {setting("table.scaled")},
                                  {setting("table.mean")},
                                  {setting("table.largest")},
                                  {setting("table.at_limit")}}};
  table.rows.push_back(
      {setting("table.exact"), report::Cell::interval(exact.value, exact.half_width95(), 3), {}, {}, {}, {}});
  report::HistogramPlot weights{
      .title = setting("weights.title"), .x_label = setting("weights.x"), .samples = {}},
      norms{.title = setting("norms.title"), .x_label = setting("norms.x"), .samples = {}};
  std::vector<std::uint8_t> surfaces;
  report::Table left{
      .title = setting("left.title"),
      .columns = {{.name = setting("table.how"), .align = report::Align::kLeft}, {setting("left.share")}}};
  const auto add_left = [&](const Way& way, gans::MlpCritic& critic) {
    const double share = gradient_at_samples(critic, way, 20'000, generator);
    left.rows.push_back({setting(way.name), {share, 4}});
    found.values[std::string(way.name) + ".at_samples"] = share;
  };
  for (const auto& way : critics()) {
    const auto critic = trained(way, steps, setting.seed(way.name));
    const auto slope = slopes(*critic, between(20'000, generator));
    const double mean = slope.mean().item<double>(), largest = slope.max().item<double>();
    double estimate = 0;
    {
      const at::NoGradGuard no_grad;
      estimate = (critic->forward(ring(50'000, generator)).mean() -
                  critic->forward(middle(50'000, generator)).mean())
                     .item<double>();
    }
    const auto weight = weights_of(*critic).detach();
    const double at_limit = (weight.abs() > 0.99 * limit).to(at::kDouble).mean().item<double>();
    const double scaled = estimate / largest;
    const auto name = setting(way.name);
    table.rows.push_back({name, {estimate, 3}, {scaled, 3}, {mean, 3}, {largest, 3}, {at_limit, 2}});
    // f over its largest slope is a candidate of the dual, so what it gives is no more than W₁.
    found.checks.push_back({.what = setting("check.below", name),
                            .measured = scaled,
                            .expected = exact.value,
                            .error = beyond_chance * exact.half_width95(),
                            .relation = Relation::at_most});
    if (way.name == std::string("penalty")) {
      // The penalty gives way a little: s W − λ(s − 1)² is largest at s = 1 + W/2λ.
      const double slope_of_all = 1 + exact.value / (2 * lambda);
      found.checks.push_back(
          {.what = setting("check.unit"), .measured = mean, .expected = slope_of_all, .error = 0.03});
      found.checks.push_back({.what = setting("check.estimate"),
                              .measured = estimate,
                              .expected = slope_of_all * exact.value,
                              .error = beyond_chance * exact.half_width95() + 0.03 * exact.value});
      found.checks.push_back({.what = setting("check.spread"),
                              .measured = at_limit,
                              .expected = 0.5,
                              .relation = Relation::at_most});
    }
    if (way.name == std::string("clipping"))
      found.checks.push_back({.what = setting("check.limit"),
                              .measured = (weight.abs() > 0.99 * limit).to(at::kDouble).mean().item<double>(),
                              .expected = 0.3,
                              .relation = Relation::at_least});
    if (way.name == std::string("spectral"))
      found.checks.push_back({.what = setting("check.spectral"),
                              .measured = largest,
                              .expected = 1,
                              .error = 0.02,
                              .relation = Relation::at_most});
    weights.samples.push_back({name, ood::values_of(weight)});
    norms.samples.push_back({name, ood::values_of(slope)});
    append_surface(*critic, surfaces);
    add_left(way, *critic);
  }
  add_left(discriminator(), *trained(discriminator(), steps, setting.seed("discriminator")));
  found.checks.push_back({.what = setting("check.left"),
                          .measured = found.values.at("discriminator.at_samples"),
                          .expected = 0.05,
                          .relation = Relation::at_most});
  left.notes = {setting("left.note")};
  found.tables.push_back(std::move(table));
  found.tables.push_back(std::move(left));
  found.plots.push_back(
      {.file = "weights", .figure = setting.draw(weights), .caption = setting("weights.caption")});
  found.plots.push_back(
      {.file = "norms", .figure = setting.draw(norms), .caption = setting("norms.caption")});
  found.pictures.push_back(
      {.file = "surfaces",
       .image = report::make_grid({.n = 3, .height = 96, .width = 96, .pixels = surfaces},
                                  {.columns = 3, .scale = 2, .gap = 8}),
       .alt = setting("surfaces.alt"),
       .caption = setting("surfaces.caption")});
  return found;
}

}  // namespace pushforward::lab
