#include "pushforward/metrics/interval.h"

#include <boost/math/distributions/students_t.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/metrics/summary.h"

namespace pushforward::metrics {

double student_t95(std::int64_t dof) {
  PF_CHECK(dof >= 1, "[student_t95] expected at least 1 degree of freedom, got {}", dof);
  return boost::math::quantile(boost::math::students_t(static_cast<double>(dof)), 0.975);
}

Interval mean_interval(std::span<const double> values) {
  PF_CHECK(!values.empty(), "[mean_interval] expected at least one value, got none");
  const double mean = mean_of(values);
  if (values.size() == 1) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return {mean, -infinity, infinity};
  }
  const auto n = static_cast<double>(values.size());
  const double half = student_t95(std::ssize(values) - 1) * sd_of(values) / std::sqrt(n);
  return {mean, mean - half, mean + half};
}

Interval wilson(double share, double n) {
  const double z2 = z95 * z95;
  const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half = z95 * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return {share, share == 0 ? 0 : std::max(0.0, centre - half),
          share == 1 ? 1 : std::min(1.0, centre + half)};
}

Interval percentile_interval(double value, std::span<const double> replicates) {
  std::vector<double> sorted(replicates.begin(), replicates.end());
  std::sort(sorted.begin(), sorted.end());
  return {value, std::min(value, quantile(sorted, 0.025)), std::max(value, quantile(sorted, 0.975))};
}

Interval normal_interval(double value, double variance) {
  const double half = z95 * std::sqrt(variance);
  return {value, value - half, value + half};
}

double variance_of_mean(std::span<const double> values) {
  return values.size() < 2 ? 0 : std::pow(sd_of(values), 2) / static_cast<double>(values.size());
}

}  // namespace pushforward::metrics
