#include "pushforward/metrics/maximum_mean_discrepancy.h"

#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/metrics/pairwise.h"
#include "pushforward/metrics/samples.h"

namespace pushforward::metrics {
namespace {

/// At most 500 rows, evenly spaced.
at::Tensor thinned(const at::Tensor& rows) {
  constexpr std::int64_t most = 500;
  const auto n = rows.size(0);
  return n <= most ? rows : rows.index_select(0, (at::arange(most) * n).div(most, "floor"));
}

}  // namespace

double median_distance(const at::Tensor& a, const at::Tensor& b) {
  const auto pair = as_samples("median_distance", a, b);
  const auto both = at::cat({thinned(pair.a), thinned(pair.b)});
  const auto upper = at::triu_indices(both.size(0), both.size(0), 1);
  PF_CHECK(upper.size(1) > 0, "[median_distance] expected at least 2 samples, got {}", both.size(0));
  return std::sqrt(squared_distances(both, both).index({upper[0], upper[1]}).median().item<double>());
}

KernelDiscrepancy maximum_mean_discrepancy(const at::Tensor& a, const at::Tensor& b,
                                           const std::vector<double>& bandwidths) {
  PF_CHECK(!bandwidths.empty(), "[maximum_mean_discrepancy] expected a bandwidth, got none");
  for (const double h : bandwidths)
    PF_CHECK(h > 0 && std::isfinite(h), "[maximum_mean_discrepancy] expected bandwidths above 0, got {}", h);
  const auto kernel = [&](const at::Tensor& squared) {
    auto sum = at::zeros_like(squared);
    for (const double h : bandwidths) sum += (squared * (-0.5 / (h * h))).exp_();
    return sum.div_(static_cast<double>(bandwidths.size()));
  };
  return kernel_discrepancy("maximum_mean_discrepancy", a, b, kernel);
}

KernelDiscrepancy maximum_mean_discrepancy(const at::Tensor& a, const at::Tensor& b) {
  const double median = median_distance(a, b);
  if (!(median > 0))
    throw fail(
        "[maximum_mean_discrepancy] most samples are equal, so their median distance is no bandwidth: name "
        "one");
  return maximum_mean_discrepancy(a, b, {median / 4, median / 2, median, 2 * median, 4 * median});
}

}  // namespace pushforward::metrics
