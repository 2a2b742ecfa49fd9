// From scores to verdicts with a false-positive rate that holds.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "pushforward/metrics/interval.h"

namespace pushforward::ood {

/// Split conformal calibration (Vovk, Gammerman and Shafer 2005; Bates et al. 2023, "Testing for outliers
/// with conformal p-values") on the scores of n in-distribution images that neither the model nor the
/// detector has seen. No assumption but that new in-distribution images are exchangeable with these:
///
///   P(score > threshold) ≤ rate                for every n, averaged over held-out sets
///   p(s) = (1 + #{held-out ≥ s}) / (n + 1)     with P(p ≤ a) ≤ a for every a
///
/// and score > threshold exactly when p ≤ rate. Ties make it flag less, never more.
class Calibration {
 public:
  /// Throws Error when rate is not in (0, 1), when there are fewer than 1/rate − 1 scores (no threshold
  /// could then promise the rate) and for a NaN, with its index.
  Calibration(std::span<const double> held_out, double false_positive_rate);

  double threshold() const { return threshold_; }
  double false_positive_rate() const { return rate_; }
  std::int64_t n() const { return std::ssize(sorted_); }
  /// The scores it was made of, in ascending order.
  std::span<const double> held_out() const { return sorted_; }

  /// At which rate this very threshold flags fresh images: over held-out sets without ties that rate is
  /// distributed as Beta(k, n + 1 − k), k = ⌊rate (n + 1)⌋. Its mean, k/(n + 1) ≤ rate, and its middle 95 %.
  metrics::Interval rate_interval() const;

  /// Throw Error for a NaN.
  bool is_out(double score) const;
  double p_value(double score) const;

  /// The share of fresh in-distribution scores that is flagged, with Wilson's interval. That interval is
  /// about the fresh scores; the threshold's own error is about √(rate (1 − rate) / n) besides.
  metrics::Interval realised_rate(std::span<const double> fresh) const;

 private:
  std::vector<double> sorted_;
  double rate_, flagged_, threshold_;
};

}  // namespace pushforward::ood
