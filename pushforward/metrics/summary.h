// Moments and quantiles in float64.
#pragma once

#include <cstdint>
#include <span>

namespace pushforward::metrics {

/// Σ x / n; NaN without values.
double mean_of(std::span<const double> values);

/// √(Σ (x − mean)² / (n − 1)), in two passes; NaN for fewer than two values.
double sd_of(std::span<const double> values);

/// The q-quantile of ascending values, linear between order statistics (NumPy's default); NaN without
/// values.
double quantile(std::span<const double> sorted, double q);

/// What a set of numbers looks like. The statistics are those of the finite values; how many were not is
/// `non_finite`, which whoever prints them prints too. NaN stands for what is not defined.
struct Summary {
  std::int64_t count = 0;       ///< all of them
  std::int64_t non_finite = 0;  ///< NaN and ±∞ among them
  double mean = 0, sd = 0, standard_error = 0;
  double min = 0, q05 = 0, q25 = 0, median = 0, q75 = 0, q95 = 0, max = 0;
};

Summary summarize(std::span<const double> values);

}  // namespace pushforward::metrics
