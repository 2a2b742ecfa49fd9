#include "pushforward/metrics/wasserstein.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/metrics/assignment.h"
#include "pushforward/metrics/pairwise.h"
#include "pushforward/metrics/samples.h"
#include "pushforward/metrics/sorted_coupling.h"

namespace pushforward::metrics {
namespace {

void expect_order(const char* metric, int p) {
  PF_CHECK(p == 1 || p == 2, "[{}] expected p of 1 or 2, got {}", metric, p);
}

std::vector<double> sorted(const at::Tensor& numbers) {
  const auto values = numbers_of(numbers);
  std::vector<double> result(values.begin(), values.end());
  std::sort(result.begin(), result.end());
  return result;
}

/// W_p with its interval from the cost W_p^p and the potentials of both sets.
Interval root(double cost, Numbers u, Numbers v, int p) {
  auto interval = normal_interval(cost, variance_of_mean(u) + variance_of_mean(v));
  const auto rooted = [&](double value) { return p == 1 ? value : std::sqrt(std::max(value, 0.0)); };
  return {rooted(interval.value), std::max(0.0, rooted(interval.low)), rooted(interval.high)};
}

}  // namespace

Interval wasserstein_1d(const at::Tensor& a, const at::Tensor& b, int p) {
  expect_order("wasserstein_1d", p);
  const auto pair = as_samples("wasserstein_1d", a, b);
  PF_CHECK(pair.dims() == 1, "[wasserstein_1d] expected one number a sample, got {}", pair.dims());
  const auto x = sorted(pair.a), y = sorted(pair.b);
  const auto [cost, u, v] = transport_sorted(x, y, p);
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
  const auto lines = random_directions(options.projections, pair.dims(), options.seed);
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
