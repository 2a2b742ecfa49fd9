// A value and its 95 % interval.
#pragma once

#include <cstdint>
#include <span>

namespace pushforward::metrics {

struct Interval {
  double value = 0, low = 0, high = 0;

  double half_width95() const { return (high - low) / 2; }
};

inline constexpr double z95 = 1.959963984540054;  ///< the normal distribution's 97.5 % point

/// The 97.5 % point of Student's t with `dof` ≥ 1 degrees of freedom.
double student_t95(std::int64_t dof);

/// Mean ± t · standard error (ddof 1), for example of a score over three seeds; infinitely wide for one
/// value. Throws Error without values.
Interval mean_interval(std::span<const double> values);

/// Wilson's interval for a share observed in `n` trials: honest at 0 and 1 (J. Am. Stat. Assoc. 22, 1927).
Interval wilson(double share, double n);

/// From the 2.5 % to the 97.5 % quantile of bootstrap replicates of `value`, stretched to hold it.
Interval percentile_interval(double value, std::span<const double> replicates);

/// value ± z · √variance, for an estimate that is asymptotically normal.
Interval normal_interval(double value, double variance);

/// The variance of Σ f(x_i) / n by that of the values f(x_i): sd² / n; 0 for a single one.
double variance_of_mean(std::span<const double> values);

}  // namespace pushforward::metrics
