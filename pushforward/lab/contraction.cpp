#include <ATen/ATen.h>

#include <cmath>

#include "pushforward/flows/residual.h"
#include "pushforward/lab/table.h"
#include "pushforward/nn/random.h"
#include "pushforward/report/plot.h"

namespace pushforward::lab {
namespace {

using Map = std::function<at::Tensor(const at::Tensor& x)>;

/// ‖x_k − x‖ of x_{k+1} = y − g(x_k) from x_0 = y on, for y = x + g(x), k = 0 … steps.
std::vector<double> errors(const Map& g, const at::Tensor& x, std::int64_t steps) {
  const auto y = x + g(x);
  auto now = y;
  std::vector<double> found;
  for (std::int64_t k = 0; k <= steps; ++k) {
    found.push_back((now - x).norm().item<double>());
    now = y - g(now);
  }
  return found;
}

/// By what one iteration multiplies the error, on average over all.
double rate(const std::vector<double>& errors) {
  return std::pow(errors.back() / errors.front(), 1.0 / static_cast<double>(errors.size() - 1));
}

report::Series series(std::string name, const std::vector<double>& y) {
  report::Series line{.name = std::move(name), .x = {}, .y = y};
  for (std::size_t k = 0; k < y.size(); ++k) line.x.push_back(static_cast<double>(k));
  return line;
}

/// L^k / (1 − L) · ‖x_1 − x_0‖, k = 0 … steps.
std::vector<double> banach(double lipschitz, double first_step, std::int64_t steps) {
  std::vector<double> bound;
  for (std::int64_t k = 0; k <= steps; ++k)
    bound.push_back(std::pow(lipschitz, static_cast<double>(k)) / (1 - lipschitz) * first_step);
  return bound;
}

/// A residual block's network, with weights that its spectral bound has to hold.
std::shared_ptr<flows::LipschitzNet> network(double bound, std::int64_t dims, at::Generator generator) {
  const auto net = std::make_shared<flows::LipschitzNet>(
      flows::LipschitzNetOptions{.event = {dims},
                                 .hidden = 64,
                                 .hidden_layers = 1,
                                 .spectral = {.bound = bound, .max_iterations = 500}},
      generator);
  const at::NoGradGuard no_grad;
  for (auto& parameter : net->parameters())
    parameter.add_(nn::draw_normal(parameter.sizes(), 0, 1, generator));
  net->to(at::kDouble);
  return net;
}

}  // namespace

Findings contraction(const Setting& setting) {
  constexpr std::int64_t dims = 16, steps = 60;
  auto generator = nn::generator(setting.seed("draws"));
  const auto q = std::get<0>(at::linalg_qr(nn::draw_normal({dims, dims}, 0, 1, generator, at::kDouble)));
  const auto x = nn::draw_normal({dims}, 0, 1, generator, at::kDouble);

  Findings found;
  report::CurvePlot plot{.title = setting("plot.title"),
                         .x_label = setting("plot.x"),
                         .y_label = setting("plot.y"),
                         .series = {}};
  plot.log_y = true;
  for (const double c : {0.5, 0.7, 0.9, 0.99, 1.05}) {
    const Map g = [&](const at::Tensor& at_x) { return c * q.matmul(at_x); };
    const auto made = errors(g, x, c < 0.6 ? 30 : steps);
    found.checks.push_back({.what = setting(c < 1 ? "check.rate" : "check.beyond", c),
                            .measured = rate(made),
                            .expected = c,
                            .error = 1e-4});
    plot.series.push_back(series(setting("plot.linear", c), made));
  }

  const at::NoGradGuard no_grad;
  for (const double bound : {0.8, 0.95}) {
    const auto net = network(bound, dims, generator);
    const auto weights = net->weights();
    const Map g = [&](const at::Tensor& at_x) { return net->forward(at_x.unsqueeze(0), weights).squeeze(0); };
    const double lipschitz = net->lipschitz_bound(weights);
    const auto made = errors(g, x, steps);
    const auto y = x + g(x);
    const auto allowed = banach(lipschitz, g(y).norm().item<double>(), steps);
    double worst = 0;
    for (std::size_t k = 0; k < made.size(); ++k)
      if (made[k] > 1e-13) worst = std::max(worst, made[k] / allowed[k]);
    found.checks.push_back({.what = setting("check.bound", lipschitz),
                            .measured = worst,
                            .expected = 1,
                            .relation = Check::Relation::at_most});
    plot.series.push_back(series(setting("plot.network", lipschitz), made));
    plot.series.push_back(series(setting("plot.bound", lipschitz), allowed));
  }

  // y = x − 3/2 tanh x takes the value 0 three times: beyond 1 there need not be one x.
  const auto line = at::linspace(-4, 4, 8001, at::kDouble) + 1e-4;
  const auto values = line - 1.5 * line.tanh();
  const auto crossings = (values.slice(0, 1).sign() != values.slice(0, 0, -1).sign()).sum().item<double>();
  found.checks.push_back({.what = setting("check.several"), .measured = crossings, .expected = 3});
  found.plots.push_back({.file = "error", .figure = setting.draw(plot), .caption = setting("plot.caption")});
  return found;
}

}  // namespace pushforward::lab
