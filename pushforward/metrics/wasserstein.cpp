#include "pushforward/metrics/wasserstein.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/random.h"
#include "pushforward/metrics/assignment.h"
#include "pushforward/metrics/pairwise.h"
#include "pushforward/metrics/samples.h"

namespace pushforward::metrics {
namespace {

using Numbers = std::span<const double>;

void expect_order(const char* metric, int p) {
  PF_CHECK(p == 1 || p == 2, "[{}] expected p of 1 or 2, got {}", metric, p);
}

double power(double distance, int p) {
  return p == 1 ? std::abs(distance) : distance * distance;
}

std::vector<double> sorted(const at::Tensor& numbers) {
  const auto values = numbers_of(numbers);
  std::vector<double> result(values.begin(), values.end());
  std::sort(result.begin(), result.end());
  return result;
}

/// Visits the pairs (i, j) of sorted samples that meet in the optimal coupling, with their shares of the
/// mass: of each pair either the next i or the next j follows. Shares are whole multiples of 1 / (N·M).
template <typename Visit>
void couple(std::size_t n, std::size_t m, const Visit& visit) {
  std::size_t i = 0, j = 0, left_i = m, left_j = n;
  const double unit = 1 / (static_cast<double>(n) * static_cast<double>(m));
  while (true) {
    const auto moved = std::min(left_i, left_j);
    visit(i, j, static_cast<double>(moved) * unit);
    left_i -= moved;
    left_j -= moved;
    if (left_i == 0 && i + 1 < n) {
      ++i;
      left_i = m;
    } else if (left_j == 0 && j + 1 < m) {
      ++j;
      left_j = n;
    } else {
      return;
    }
  }
}

double cost_of_sorted(Numbers a, Numbers b, int p) {
  double cost = 0;
  couple(a.size(), b.size(),
         [&](std::size_t i, std::size_t j, double mass) { cost += mass * power(a[i] - b[j], p); });
  return cost;
}

/// W_p with its interval from the cost W_p^p and the potentials of both sets.
Interval root(double cost, Numbers u, Numbers v, int p) {
  auto interval = normal_interval(cost, variance_of_mean(u) + variance_of_mean(v));
  const auto rooted = [&](double value) { return p == 1 ? value : std::sqrt(std::max(value, 0.0)); };
  return {rooted(interval.value), std::max(0.0, rooted(interval.low)), rooted(interval.high)};
}

/// float64 [projections, D] of unit length.
at::Tensor directions(std::int64_t dims, const SlicedOptions& options) {
  auto engine = stream(options.seed, "projections");
  auto lines = at::empty({options.projections, dims}, at::kDouble);
  for (std::int64_t i = 0; i < lines.numel(); ++i) lines.data_ptr<double>()[i] = normal01(engine);
  return lines / lines.norm(2, {1}, /*keepdim=*/true);
}

}  // namespace

Interval wasserstein_1d(const at::Tensor& a, const at::Tensor& b, int p) {
  expect_order("wasserstein_1d", p);
  const auto pair = as_samples("wasserstein_1d", a, b);
  PF_CHECK(pair.dims() == 1, "[wasserstein_1d] expected one number a sample, got {}", pair.dims());
  const auto x = sorted(pair.a), y = sorted(pair.b);
  // Potentials with u_i + v_j = cost wherever mass goes: each step of the coupling gives one from the other.
  std::vector<double> u(x.size()), v(y.size());
  double cost = 0;
  std::size_t last = x.size();
  couple(x.size(), y.size(), [&](std::size_t i, std::size_t j, double mass) {
    const double each = power(x[i] - y[j], p);
    cost += mass * each;
    (i == last ? v[j] : u[i]) = each - (i == last ? u[i] : v[j]);
    last = i;
  });
  return root(cost, u, v, p);
}

Interval wasserstein(const at::Tensor& a, const at::Tensor& b, int p) {
  expect_order("wasserstein", p);
  const auto pair = as_samples("wasserstein", a, b, 2);
  const auto n = pair.a.size(0);
  PF_CHECK(n == pair.b.size(0), "[wasserstein] expected as many samples on both sides, got {} and {}", n,
           pair.b.size(0));
  auto costs = squared_distances(pair.a, pair.b);
  if (p == 1) costs.sqrt_();
  const auto best = assign(costs);
  return root(best.cost / static_cast<double>(n), best.u, best.v, p);
}

Interval sliced_wasserstein(const at::Tensor& a, const at::Tensor& b, const SlicedOptions& options) {
  expect_order("sliced_wasserstein", options.p);
  PF_CHECK(options.projections >= 2, "[sliced_wasserstein] expected at least 2 projections, got {}",
           options.projections);
  const auto pair = as_samples("sliced_wasserstein", a, b);
  if (pair.dims() == 1) {
    const double distance = wasserstein_1d(pair.a, pair.b, options.p).value;
    return {distance, distance, distance};
  }
  constexpr std::int64_t at_once = 32;
  const auto lines = directions(pair.dims(), options);
  std::vector<double> costs(static_cast<std::size_t>(options.projections));
  for (std::int64_t start = 0; start < options.projections; start += at_once) {
    stop_if_interrupted("measuring");
    const auto some = lines.narrow(0, start, std::min(at_once, options.projections - start));
    const auto x = at::mm(some, pair.a.t()).contiguous(), y = at::mm(some, pair.b.t()).contiguous();
    at::parallel_for(0, some.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
      for (auto k = begin; k < end; ++k)
        costs[static_cast<std::size_t>(start + k)] =
            cost_of_sorted(sorted(x.select(0, k)), sorted(y.select(0, k)), options.p);
    });
  }
  const auto mean = mean_interval(costs);
  const auto rooted = [&](double value) {
    return options.p == 1 ? std::max(value, 0.0) : std::sqrt(std::max(value, 0.0));
  };
  return {rooted(mean.value), rooted(mean.low), rooted(mean.high)};
}

}  // namespace pushforward::metrics
