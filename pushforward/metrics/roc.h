// How well scores tell two sets apart: AUROC, average precision, FPR@95TPR, with 95 % intervals.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pushforward/metrics/interval.h"
#include "pushforward/metrics/ranking.h"

namespace pushforward::metrics {

/// The share of `in` (fpr) and of `out` (tpr) that is flagged at one threshold.
struct RocPoint {
  double fpr = 0, tpr = 0;
};

/// Out-of-distribution is the positive class; ties count ½.
struct Roc {
  std::int64_t n_in = 0, n_out = 0;
  /// P(out scores higher than in). Interval: DeLong's variance on the logit scale (Pepe 2003, section
  /// 5.2.4); where that variance is zero or undefined (sets wholly apart, one score), Wilson's with
  /// n = min(n_in, n_out), as A (1 − A) / n bounds the variance (Birnbaum and Klose 1957).
  Interval auroc;
  /// Depends on the sets' sizes: n_out / (n_in + n_out) for scores that say nothing.
  Interval average_precision;
  /// Share of `in` flagged when 95 % of `out` are caught (out positive), and share of `out` passed when
  /// 95 % of `in` are kept (in positive).
  Interval fpr_at_95_tpr_out, fpr_at_95_tpr_in;
  /// From (0, 0) to (1, 1), only where the direction changes.
  std::vector<RocPoint> curve;
};

/// Ranks scores, higher ones more anomalous. The intervals other than AUROC's are percentiles of 1,000
/// bootstrap replicates, either set resampled in its size, from a fixed stream: the same scores give the
/// same interval. So that they do not shrink to a point at 0 and 1, they also cover Wilson's: for the
/// FPRs at the threshold taken as known, for average precision only where no replicate differs, with
/// n = min(n_in, n_out). Throws Error for an empty set or a NaN, with its index.
Roc roc(std::span<const double> in, std::span<const double> out);

std::vector<RocPoint> roc_curve(const Counts& counts);

/// At most `limit` ≥ 2 of the points, the first and last among them, evenly along the curve.
std::vector<RocPoint> decimate(const std::vector<RocPoint>& curve, std::size_t limit = 500);

}  // namespace pushforward::metrics
