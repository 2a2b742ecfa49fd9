#include "pushforward/metrics/sinkhorn.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/metrics/pairwise.h"
#include "pushforward/metrics/samples.h"

namespace pushforward::metrics {
namespace {

/// What a potential on the columns answers on the rows, [N]: −ε ln mean_j exp((g_j − C_ij) / ε).
at::Tensor answer(const at::Tensor& costs, const at::Tensor& g, double epsilon) {
  const std::int64_t n = costs.size(0), m = costs.size(1);
  const std::int64_t block = std::clamp<std::int64_t>((std::int64_t{1} << 15) / m, 1, 64);
  auto f = at::empty({n}, at::kDouble);
  at::parallel_for(0, (n + block - 1) / block, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto k = begin; k < end; ++k) {
      const auto size = std::min(block, n - k * block);
      const auto exponents = (g - costs.narrow(0, k * block, size)).div_(epsilon);
      f.narrow(0, k * block, size).copy_(at::logsumexp(exponents, 1));
    }
  });
  return f.sub_(std::log(static_cast<double>(m))).mul_(-epsilon);
}

struct Potentials {
  at::Tensor f, g;
  std::int64_t iterations = 0;
  bool converged = false;
};

/// ε for an iteration: halved from the largest cost down to its value.
struct Annealing {
  double epsilon, now;
  bool done() const { return now == epsilon; }
  void step() { now = std::max(epsilon, now / 2); }
};

double change(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

/// How far potentials go towards their answers, and beyond. Near the end an iteration shrinks the error by a
/// factor θ, which is near 1 where the sets are alike; going ω = 2/(1 + √(1 − θ)) times as far shrinks it by
/// ω − 1 (successive over-relaxation; Thibault et al. 2021, "Overrelaxed Sinkhorn-Knopp algorithm for
/// regularized optimal transport"). θ shows in what iterations at some ω shrink the error by: λ, with (λ + ω
/// − 1)² = λ ω² θ (Young 1954).
class Relaxation {
 public:
  double factor() const { return factor_; }

  /// After an iteration at the last ε that moved the potential by `moved`.
  void observe(double moved) {
    constexpr int enough = 8;  // iterations until λ shows
    constexpr double most = 0.9999;
    const double lambda = moved / last_;
    last_ = moved;
    if (++seen_ % enough != 0 || !(lambda > 0 && lambda < 1)) return;
    const double theta = std::min(most, std::pow((lambda + factor_ - 1) / factor_, 2) / lambda);
    factor_ = std::max(factor_, 2 / (1 + std::sqrt(1 - theta)));
  }

 private:
  double factor_ = 1, last_ = std::numeric_limits<double>::infinity();
  int seen_ = 0;
};

Potentials between(const at::Tensor& costs, double epsilon, double tolerance, std::int64_t most) {
  const auto turned = costs.t().contiguous();
  Potentials p{at::zeros({costs.size(0)}, at::kDouble), at::zeros({costs.size(1)}, at::kDouble)};
  Annealing annealing{epsilon, std::max(epsilon, costs.max().item<double>())};
  Relaxation relaxation;
  while (!p.converged && p.iterations < most) {
    stop_if_interrupted("measuring");
    ++p.iterations;
    const double far = relaxation.factor();
    p.f = p.f.lerp(answer(costs, p.g, annealing.now), far);
    const auto g = answer(turned, p.f, annealing.now);
    if (annealing.done()) {
      const double moved = change(g, p.g);
      p.converged = moved <= tolerance;
      relaxation.observe(moved);
    }
    p.g = p.converged ? g : p.g.lerp(g, far);
    annealing.step();
  }
  p.f = answer(costs, p.g, annealing.now);
  return p;
}

/// Between a set and itself both potentials are one: the mean of it and its answer converges in a few steps.
Potentials within(const at::Tensor& costs, double epsilon, double tolerance, std::int64_t most) {
  Potentials p{at::zeros({costs.size(0)}, at::kDouble), {}};
  Annealing annealing{epsilon, std::max(epsilon, costs.max().item<double>())};
  while (!p.converged && p.iterations < most) {
    stop_if_interrupted("measuring");
    ++p.iterations;
    const bool at_last = annealing.done();
    const auto f = answer(costs, p.f, annealing.now);
    p.converged = at_last && change(f, p.f) <= tolerance;
    p.f = (f + p.f) / 2;
    annealing.step();
  }
  return p;
}

}  // namespace

SinkhornDivergence sinkhorn_divergence(const at::Tensor& a, const at::Tensor& b,
                                       const SinkhornOptions& options) {
  PF_CHECK(options.epsilon >= 0 && std::isfinite(options.epsilon),
           "[sinkhorn_divergence] expected epsilon of at least 0, got {}", options.epsilon);
  const auto pair = as_samples("sinkhorn_divergence", a, b, 2);
  const auto costs = squared_distances(pair.a, pair.b);
  const double mean_cost = costs.mean().item<double>();
  if (mean_cost == 0) return {.converged = true};  // all samples are one
  const double epsilon = options.epsilon > 0 ? options.epsilon : mean_cost / 20;
  const double tolerance = options.tolerance * mean_cost;
  const auto cross = between(costs, epsilon, tolerance, options.max_iterations);
  const auto own_a = within(squared_distances(pair.a, pair.a), epsilon, tolerance, options.max_iterations);
  const auto own_b = within(squared_distances(pair.b, pair.b), epsilon, tolerance, options.max_iterations);

  const auto f = (cross.f - own_a.f).contiguous(), g = (cross.g - own_b.f).contiguous();
  const double value = f.mean().item<double>() + g.mean().item<double>();
  return {.value = normal_interval(value, variance_of_mean(numbers_of(f)) + variance_of_mean(numbers_of(g))),
          .epsilon = epsilon,
          .iterations = std::max({cross.iterations, own_a.iterations, own_b.iterations}),
          .converged = cross.converged && own_a.converged && own_b.converged};
}

}  // namespace pushforward::metrics
