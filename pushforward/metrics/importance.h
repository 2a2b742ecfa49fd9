// Means by importance sampling, and what they rest on.
#pragma once

#include <cstdint>
#include <span>

#include "pushforward/metrics/interval.h"

namespace pushforward::metrics {

/// log Z of Z = E w over draws whose log w are given.
struct ImportanceMean {
  std::int64_t count = 0;  // n
  /// (Σw)² / Σw², of how many equally weighted draws the estimate is worth (Kish 1965): n where all weigh the
  /// same, near 1 where one draw has all the weight.
  double effective = 0;
  /// k of the generalised Pareto distribution that the largest weights have (Vehtari et al. 2024, "Pareto
  /// smoothed importance sampling"): from ½ on the weights have no variance, from 1 on no mean.
  double tail = 0;
  /// log(Σw / n) ± z·√(1/effective − 1/n), which is sd(w) / (mean(w)·√n) by the delta method.
  Interval log_mean;

  /// Whether so many draws carry it, and the tail is so light, that the interval means something. Else the
  /// draws that matter have most likely not been seen: the estimate is too low, its interval too narrow, and
  /// the effective draws are too many.
  bool is_known() const { return effective >= least_effective && tail < heaviest_tail; }
  static constexpr double least_effective = 100, heaviest_tail = 0.7;  // 0.7: ibid.
};

/// Throws Error without weights and for a log w that is NaN or +∞.
ImportanceMean importance_mean(std::span<const double> log_weights);

}  // namespace pushforward::metrics
