// Whether samples differ from each other as much as data do.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace pushforward::metrics {

/// Count, mean and squared deviations of samples, gathered batch by batch in float64; those of parts merge.
class SpreadStatistics {
 public:
  /// samples [N, …], at least one dimension each. Throws Error for another number of values per sample than
  /// before, and for a sample that is not finite, with its row.
  void add(const at::Tensor& samples);
  void merge(const SpreadStatistics& other);

  std::int64_t count() const { return count_; }

  /// Root mean square of ‖x_i − x_j‖ over all pairs i ≠ j: √(2 Σ‖x − mean‖² / (n − 1)). Throws Error for
  /// fewer than two samples.
  double distance() const;

 private:
  std::int64_t count_ = 0;
  at::Tensor mean_;     ///< float64 [D]
  double squares_ = 0;  ///< Σ ‖x − mean‖²
};

/// Ratios to real data: near 1 for a good model, near 0 for a collapsed one.
struct Diversity {
  double spread = 0;   ///< Of `SpreadStatistics::distance`: 0 when all samples are one.
  double nearest = 0;  ///< Of the median distance to the nearest other: 0 when most have a double.
};

/// Compares samples [N, …] with real data [M, …]. A model that makes ten images over and over keeps its
/// spread and loses `nearest`. Nearest neighbours are sought among the first 500 (or as many as both have),
/// so that both sets are equally dense. A ratio to real data that do not differ is NaN. Throws Error for
/// fewer than two on either side, other shapes, and numbers that are not finite.
Diversity diversity(const at::Tensor& samples, const at::Tensor& real);

}  // namespace pushforward::metrics
