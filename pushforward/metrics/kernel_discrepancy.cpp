#include "pushforward/metrics/kernel_discrepancy.h"

#include <algorithm>

#include "pushforward/core/interrupt.h"
#include "pushforward/metrics/pairwise.h"
#include "pushforward/metrics/samples.h"

namespace pushforward::metrics {
namespace {

constexpr std::int64_t block_numbers = std::int64_t{1} << 21;

/// The kernel's values over all pairs of two sets, or over all pairs of different samples of one.
struct Pairs {
  at::Tensor of_x, of_y;  ///< means over each sample's partners
  double mean = 0;
  double scatter = 0;  ///< E of the squared kernel, centred in both arguments
};

Pairs pairs(const at::Tensor& x, const at::Tensor& y, const Kernel& kernel, bool same) {
  const std::int64_t n = x.size(0), m = y.size(0), partners = m - same;
  const auto block = std::clamp<std::int64_t>(block_numbers / m, 1, n);
  auto of_x = at::empty({n}, at::kDouble), of_y = at::zeros({m}, at::kDouble);
  double squares = 0;
  for (std::int64_t start = 0; start < n; start += block) {
    stop_if_interrupted("measuring");
    const auto size = std::min(block, n - start);
    auto values = kernel(squared_distances(x.narrow(0, start, size), y));
    if (same) values.diagonal(start).zero_();
    of_x.narrow(0, start, size).copy_(values.sum(1));
    of_y += values.sum(0);
    squares += values.square().sum().item<double>();
  }
  Pairs result{of_x / partners, of_y / (same ? partners : n)};
  result.mean = result.of_x.mean().item<double>();
  const auto squared_mean = [](const at::Tensor& t) { return t.square().mean().item<double>(); };
  result.scatter = std::max(0.0, squares / static_cast<double>(n * partners) - squared_mean(result.of_x) -
                                     squared_mean(result.of_y) + result.mean * result.mean);
  return result;
}

double variance(const at::Tensor& values) {
  return values.var(/*unbiased=*/true).item<double>();
}

}  // namespace

KernelDiscrepancy kernel_discrepancy(const char* metric, const at::Tensor& a, const at::Tensor& b,
                                     const Kernel& kernel) {
  const auto [x, y] = as_samples(metric, a, b, 2);
  const auto xx = pairs(x, x, kernel, true), yy = pairs(y, y, kernel, true), xy = pairs(x, y, kernel, false);
  const auto n = static_cast<double>(x.size(0)), m = static_cast<double>(y.size(0));
  const double at_zero = kernel(at::zeros({1}, at::kDouble)).item<double>();

  const double alike = 2 * xx.scatter / (n * n) + 2 * yy.scatter / (m * m) + 4 * xy.scatter / (n * m);
  const double first_order = 4 * variance(xx.of_x - xy.of_x) / n + 4 * variance(yy.of_x - xy.of_y) / m;
  return {.unbiased = normal_interval(xx.mean + yy.mean - 2 * xy.mean, std::max(first_order - alike, alike)),
          .biased = (xx.mean * (n - 1) + at_zero) / n + (yy.mean * (m - 1) + at_zero) / m - 2 * xy.mean};
}

}  // namespace pushforward::metrics
