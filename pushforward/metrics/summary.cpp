#include "pushforward/metrics/summary.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <vector>

namespace pushforward::metrics {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

}  // namespace

double mean_of(std::span<const double> values) {
  return std::reduce(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double sd_of(std::span<const double> values) {
  if (values.size() < 2) return undefined;
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double quantile(std::span<const double> sorted, double q) {
  if (sorted.empty()) return undefined;
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const double weight = position - static_cast<double>(below);
  if (weight == 0) return sorted[below];  // also where the neighbour is infinite
  return sorted[below] + weight * (sorted[below + 1] - sorted[below]);
}

Summary summarize(std::span<const double> values) {
  std::vector<double> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
               [](double v) { return std::isfinite(v); });
  std::sort(finite.begin(), finite.end());
  Summary summary{.count = std::ssize(values), .non_finite = std::ssize(values) - std::ssize(finite)};
  summary.mean = mean_of(finite);
  summary.sd = sd_of(finite);
  summary.standard_error = summary.sd / std::sqrt(static_cast<double>(finite.size()));
  summary.min = quantile(finite, 0);
  summary.q05 = quantile(finite, 0.05);
  summary.q25 = quantile(finite, 0.25);
  summary.median = quantile(finite, 0.5);
  summary.q75 = quantile(finite, 0.75);
  summary.q95 = quantile(finite, 0.95);
  summary.max = quantile(finite, 1);
  return summary;
}

}  // namespace pushforward::metrics
