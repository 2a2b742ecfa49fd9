#include "pushforward/metrics/interval.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/metrics/summary.h"

namespace pushforward::metrics {

double student_t95(std::int64_t dof) {
  PF_CHECK(dof >= 1, "[student_t95] expected at least 1 degree of freedom, got {}", dof);
  constexpr std::array kFew = {12.706204736, 4.302652730, 3.182446305, 2.776445105, 2.570581836,
                               2.446911851,  2.364624252, 2.306004135, 2.262157163};
  if (dof <= static_cast<std::int64_t>(kFew.size())) return kFew[static_cast<std::size_t>(dof - 1)];
  // Abramowitz and Stegun 26.7.5; off by less than 2e-5 from here on.
  const double z = kZ95, z2 = z * z, z4 = z2 * z2, z6 = z4 * z2, n = static_cast<double>(dof);
  return z + z * (z2 + 1) / (4 * n) + z * (5 * z4 + 16 * z2 + 3) / (96 * std::pow(n, 2)) +
         z * (3 * z6 + 19 * z4 + 17 * z2 - 15) / (384 * std::pow(n, 3)) +
         z * (79 * z4 * z4 + 776 * z6 + 1482 * z4 - 1920 * z2 - 945) / (92160 * std::pow(n, 4));
}

Interval mean_interval(std::span<const double> values) {
  PF_CHECK(!values.empty(), "[mean_interval] expected at least one value, got none");
  const double mean = mean_of(values);
  if (values.size() == 1) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return {mean, -kInfinity, kInfinity};
  }
  const auto n = static_cast<double>(values.size());
  const double half = student_t95(std::ssize(values) - 1) * sd_of(values) / std::sqrt(n);
  return {mean, mean - half, mean + half};
}

Interval wilson(double share, double n) {
  const double z2 = kZ95 * kZ95;
  const double centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kZ95 * std::sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return {share, share == 0 ? 0 : std::max(0.0, centre - half),
          share == 1 ? 1 : std::min(1.0, centre + half)};
}

Interval percentile_interval(double value, std::span<const double> replicates) {
  std::vector<double> sorted(replicates.begin(), replicates.end());
  std::sort(sorted.begin(), sorted.end());
  return {value, std::min(value, quantile(sorted, 0.025)), std::max(value, quantile(sorted, 0.975))};
}

Interval normal_interval(double value, double variance) {
  const double half = kZ95 * std::sqrt(variance);
  return {value, value - half, value + half};
}

double variance_of_mean(std::span<const double> values) {
  return values.size() < 2 ? 0 : std::pow(sd_of(values), 2) / static_cast<double>(values.size());
}

}  // namespace pushforward::metrics
