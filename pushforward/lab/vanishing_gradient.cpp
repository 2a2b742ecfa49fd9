#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <numbers>

#include "pushforward/gans/objective.h"
#include "pushforward/lab/line_game.h"
#include "pushforward/lab/table.h"
#include "pushforward/metrics/interval.h"
#include "pushforward/nn/random.h"
#include "pushforward/report/plot.h"

namespace pushforward::lab {
namespace {

using Relation = Check::Relation;
using Logit = std::function<at::Tensor(const at::Tensor& x)>;

at::Tensor gradient_of(const at::Tensor& loss, const at::Tensor& of) {
  return torch::autograd::grad({loss}, {of})[0];
}

/// What the generator's loss does to the gradient on its way through a logit h: its derivative by h.
struct Loss {
  const char* objective;
  const char* name;  // in the texts
  at::Tensor (*factor)(const at::Tensor& h);
};

const std::vector<Loss>& losses() {
  static const std::vector<Loss> all{
      {"minimax", "saturating", [](const at::Tensor& h) { return -h.sigmoid(); }},
      {"non_saturating", "non_saturating", [](const at::Tensor& h) { return -(-h).sigmoid(); }},
      {"wasserstein", "wasserstein", [](const at::Tensor& h) { return -at::ones_like(h); }}};
  return all;
}

/// |dL/dθ| of a generator z ↦ θ + z for each z [n, 1], by the chain rule through a critic: [n].
at::Tensor by_sample(const Loss& loss, const Logit& critic, double theta, const at::Tensor& z) {
  const auto x = (z + theta).detach().requires_grad_();
  const auto h = critic(x);
  const auto n = static_cast<double>(z.size(0));
  return gradient_of(gans::objective(loss.objective).generator_loss(h) * n, x).squeeze(1);
}

}  // namespace

Findings vanishing_gradient(const Setting& setting) {
  const bool quick = setting.options.quick;
  const std::int64_t n = quick ? 20'000 : 400'000;
  auto generator = nn::generator(setting.seed("draws"));
  const at::AutoGradMode gradients(true);
  Findings found;

  // The factor itself.
  for (const auto& loss : losses()) {
    const auto h = at::linspace(-12, 12, 97, at::kDouble).requires_grad_();
    const auto made = gradient_of(gans::objective(loss.objective).generator_loss(h) * 97, h);
    found.checks.push_back({.what = setting("check.factor", setting(loss.name)),
                            .measured = (made - loss.factor(h.detach())).abs().max().item<double>(),
                            .expected = 0,
                            .error = 1e-12});
  }

  // Against the optimal discriminator of N(0, 1) and N(θ, 1): h' = −θ, so |dL/dθ| = θ·E|factor|.
  std::vector<report::Series> by_distance;
  const auto quadrature = at::linspace(-9, 9, 18'001, at::kDouble);
  const auto weight = (-0.5 * quadrature.square()).exp() / std::sqrt(2 * std::numbers::pi) * 1e-3;
  for (const auto& loss : losses()) {
    report::Series line{.name = setting(loss.name), .x = {}, .y = {}};
    for (double theta = 0.25; theta <= 8.01; theta += 0.25) {
      const auto h = optimal_logit(quadrature + theta, theta);
      line.x.push_back(theta);
      line.y.push_back(theta * (loss.factor(h).abs() * weight).sum().item<double>());
      if (theta != 1 && theta != 2 && theta != 3) continue;
      const auto z = nn::draw_normal({n, 1}, 0, 1, generator, at::kDouble);
      const auto made = by_sample(
          loss, [=](const at::Tensor& x) { return optimal_logit(x.squeeze(1), theta); }, theta, z);
      found.checks.push_back({.what = setting("check.optimal", setting(loss.name), theta),
                              .measured = made.mean().item<double>(),
                              .expected = line.y.back(),
                              .error = beyond_chance * metrics::z95 * made.std().item<double>() /
                                           std::sqrt(static_cast<double>(n)) +
                                       1e-9});
    }
    by_distance.push_back(std::move(line));
  }
  report::CurvePlot distance{.title = setting("distance.title"),
                             .x_label = "θ",
                             .y_label = setting("distance.y"),
                             .series = by_distance};
  distance.log_y = true;
  found.plots.push_back(
      {.file = "distance", .figure = setting.draw(distance), .caption = setting("distance.caption")});

  // Against a discriminator on its way to the optimum.
  const std::int64_t steps = quick ? 600 : 3'000;
  for (const bool disjoint : {false, true}) {
    const auto* place = disjoint ? "disjoint" : "overlapping";
    const double theta = disjoint ? 3 : 1;
    const Draw noise = [=](std::int64_t count) {
      return disjoint ? nn::draw_uniform({count, 1}, 0, 1, generator)
                      : nn::draw_normal({count, 1}, 0, 1, generator);
    };
    std::vector<report::Series> lines;
    for (const auto& loss : losses())
      if (loss.objective != std::string("wasserstein"))
        lines.push_back({.name = setting(loss.name), .x = {}, .y = {}});
    const auto z = noise(4'096);
    trained_critic(
        noise, [=](std::int64_t count) { return noise(count) + theta; }, 1, steps, setting.seed(place),
        {64, 64},
        [&](std::int64_t step, gans::MlpCritic& critic) {
          if (step % (steps / 60) != 0) return;
          for (std::size_t i = 0; i < lines.size(); ++i) {
            const auto made = by_sample(
                losses()[i], [&](const at::Tensor& x) { return critic.forward(x); }, theta, z);
            lines[i].x.push_back(static_cast<double>(step));
            lines[i].y.push_back(std::abs(made.mean().item<double>()));
          }
        });
    const auto most = [](const std::vector<double>& y) { return *std::ranges::max_element(y); };
    const double saturating = lines[0].y.back() / most(lines[0].y),
                 other = lines[1].y.back() / most(lines[1].y);
    if (disjoint) {
      found.checks.push_back({.what = setting("check.disjoint.saturating"),
                              .measured = saturating,
                              .expected = 0.05,
                              .relation = Relation::at_most});
      found.checks.push_back({.what = setting("check.disjoint.non_saturating"),
                              .measured = other,
                              .expected = 0.5,
                              .relation = Relation::at_least});
    } else {
      found.checks.push_back({.what = setting("check.overlapping"),
                              .measured = saturating,
                              .expected = 0.3,
                              .relation = Relation::at_least});
    }
    report::CurvePlot plot{.title = setting(std::string(place) + ".title"),
                           .x_label = setting("training.x"),
                           .y_label = setting("distance.y"),
                           .series = lines};
    plot.log_y = true;
    found.plots.push_back(
        {.file = place, .figure = setting.draw(plot), .caption = setting(std::string(place) + ".caption")});
  }
  return found;
}

}  // namespace pushforward::lab
