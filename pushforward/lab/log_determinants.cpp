#include <ATen/ATen.h>

#include <cmath>
#include <tuple>

#include "pushforward/core/interrupt.h"
#include "pushforward/flows/log_det_estimator.h"
#include "pushforward/flows/roulette.h"
#include "pushforward/lab/table.h"
#include "pushforward/metrics/interval.h"
#include "pushforward/nn/module.h"
#include "pushforward/nn/random.h"
#include "pushforward/report/plot.h"

namespace pushforward::lab {
namespace {

using flows::Probe;
using flows::Roulette;

constexpr std::int64_t dims = 8;
constexpr double operator_norm = 0.8;

struct Mean {
  double value, half_width95, sd;
};

Mean mean_of(const at::Tensor& draws) {
  const double n = static_cast<double>(draws.numel()), sd = draws.std().item<double>();
  return {.value = draws.mean().item<double>(), .half_width95 = metrics::z95 * sd / std::sqrt(n), .sd = sd};
}

/// Σ_{k ≤ terms} (−1)^(k+1) tr(Aᵏ)/k.
double partial_sum(const at::Tensor& a, std::int64_t terms) {
  double sum = 0;
  auto power = at::eye(dims, at::kDouble);
  for (std::int64_t k = 1; k <= terms; ++k) {
    stop_if_interrupted("estimating log-determinants");
    power = power.matmul(a);
    sum += (k % 2 == 1 ? 1.0 : -1.0) * power.trace().item<double>() / static_cast<double>(k);
  }
  return sum;
}

/// D·L^(n+1) / ((n + 1)(1 − L)), the bound on what the terms after n add.
double tail_bound(std::int64_t terms) {
  const auto n = static_cast<double>(terms);
  return static_cast<double>(dims) * std::pow(operator_norm, n + 1) / ((n + 1) * (1 - operator_norm));
}

/// `n` estimates for g(x) = A x with a probe and a number of terms of their own.
at::Tensor estimates(const at::Tensor& a, std::int64_t n, Probe probe, const at::Tensor& weights,
                     at::Generator generator) {
  const auto x = at::zeros({n, dims}, at::kDouble).requires_grad_();
  const auto g = x.matmul(a.t());
  const auto v = flows::draw_probe(probe, x, n, std::move(generator));
  return flows::series_log_det(x, g, v, weights, false).detach();
}

}  // namespace

Findings log_determinants(const Setting& setting) {
  const std::int64_t n = setting.options.quick ? 200'000 : 1'000'000;
  auto generator = nn::generator(setting.seed("draws"));
  // Symmetric, so that the closed variances below hold; eigenvalues from 0 to L, so that traces are no small
  // differences.
  const auto raw = nn::draw_normal({dims, dims}, 0, 1, generator, at::kDouble);
  const auto positive = raw.matmul(raw.t());
  const auto a = positive * (operator_norm / at::linalg_matrix_norm(positive, 2).item<double>());
  const double exact = std::get<1>(at::linalg_slogdet(at::eye(dims, at::kDouble) + a)).item<double>();
  const at::AutoGradMode gradients(true);

  Findings found;
  const auto x = at::zeros({1, dims}, at::kDouble).requires_grad_();
  found.checks.push_back({.what = setting("check.exact"),
                          .measured = flows::exact_log_det(x, x.matmul(a.t()), false).item<double>(),
                          .expected = exact,
                          .error = 1e-10});

  // Bias of the series by its length.
  report::Series bias{.name = setting("bias.series"), .x = {}, .y = {}},
      bound{.name = setting("bias.bound"), .x = {}, .y = {}};
  double worst = 0;
  for (std::int64_t terms = 1; terms <= 30; ++terms) {
    const double off = std::abs(partial_sum(a, terms) - exact);
    bias.x.push_back(static_cast<double>(terms));
    bias.y.push_back(off);
    bound.x.push_back(static_cast<double>(terms));
    bound.y.push_back(tail_bound(terms));
    worst = std::max(worst, off / tail_bound(terms));
  }
  found.checks.push_back({.what = setting("check.bias"),
                          .measured = worst,
                          .expected = 1,
                          .relation = Check::Relation::at_most});
  report::CurvePlot bias_plot{.title = setting("bias.title"),
                              .x_label = setting("bias.x"),
                              .y_label = setting("bias.y"),
                              .series = {bias, bound}};
  bias_plot.log_y = true;
  found.plots.push_back(
      {.file = "bias", .figure = setting.draw(bias_plot), .caption = setting("bias.caption")});

  // One term: the variance of Hutchinson's estimate of tr A.
  const auto one = at::ones({1, 1}, at::kDouble);
  const double norm = a.square().sum().item<double>(), diagonal = a.diagonal().square().sum().item<double>();
  for (const auto& [probe, name, variance] :
       {std::tuple{Probe::rademacher, "rademacher", 2 * (norm - diagonal)},
        {Probe::gaussian, "gaussian", 2 * norm}}) {
    const auto draws = estimates(a, n, probe, one, generator);
    const auto mean = mean_of(draws);
    found.checks.push_back({.what = setting("check.mean", setting(name)),
                            .measured = mean.value,
                            .expected = a.trace().item<double>(),
                            .error = beyond_chance * mean.half_width95});
    const auto squares = mean_of((draws - mean.value).square());
    found.checks.push_back({.what = setting("check.variance", setting(name)),
                            .measured = squares.value,
                            .expected = variance,
                            .error = beyond_chance * squares.half_width95});
  }

  // A series that is cut off, and the roulette that makes up for it.
  report::Table table{.title = setting("estimators.title"),
                      .columns = {{.name = setting("estimators.how"), .align = report::Align::kLeft},
                                  {setting("estimators.terms")},
                                  {setting("estimators.mean")},
                                  {setting("estimators.bias")},
                                  {setting("estimators.sd")}}};
  const auto row = [&](const std::string& how, double terms, const at::Tensor& draws) {
    const auto mean = mean_of(draws);
    table.rows.push_back({how,
                          {terms, 1},
                          report::Cell::interval(mean.value, mean.half_width95, 4),
                          {mean.value - exact, 4},
                          {mean.sd, 3}});
    return mean;
  };
  for (const std::int64_t terms : {2, 4, 8}) {
    const auto mean = row(setting("estimators.cut", terms), static_cast<double>(terms),
                          estimates(a, n, Probe::rademacher, at::ones({terms, 1}, at::kDouble), generator));
    found.checks.push_back({.what = setting("check.cut", terms),
                            .measured = mean.value,
                            .expected = partial_sum(a, terms),
                            .error = beyond_chance * mean.half_width95});
  }
  for (const auto& [certain, q] :
       {std::pair<std::int64_t, double>{1, 0.7}, {2, 0.7}, {4, 0.7}, {8, 0.7}, {2, 0.9}}) {
    const auto roulette = Roulette::geometric(q);
    const auto weights = roulette.weights(certain, n, generator, at::kDouble);
    const double terms = (weights != 0).sum(0).to(at::kDouble).mean().item<double>();
    const auto mean = row(setting("estimators.roulette", q, certain), terms,
                          estimates(a, n, Probe::rademacher, weights, generator));
    found.checks.push_back({.what = setting("check.unbiased", q, certain),
                            .measured = mean.value,
                            .expected = exact,
                            .error = beyond_chance * mean.half_width95});
    found.checks.push_back({.what = setting("check.terms", q, certain),
                            .measured = terms,
                            .expected = static_cast<double>(certain) + q / (1 - q),
                            .error = 4 * std::sqrt(q) / (1 - q) / std::sqrt(static_cast<double>(n))});
  }
  found.tables.push_back(std::move(table));
  return found;
}

}  // namespace pushforward::lab
