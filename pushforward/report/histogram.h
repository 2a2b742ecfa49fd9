// Shared bins for samples of very different places and spreads.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pushforward::report {

struct Interval {
  double low = 0, high = 1;
};

/// The axis for several samples. A sample's bulk is its central 99 % with up to half that width of tail on
/// either side. The axis is the bulk of the first, widened to the bulk of the others by at most four times
/// the first one's width on either side, and not at all for a sample whose median lies beyond that: one
/// value at −10⁵, or one far set, leaves the rest readable.
/// Never empty: [0, 1] without finite values, and a margin around a single value.
Interval robust_range(std::span<const std::vector<double>> samples);

/// One sample over the bins of a range.
struct Binned {
  std::vector<double> density;  ///< [bins]; Σ density · width = the share inside the range
  double below = 0, above = 0;  ///< shares of the sample beyond the range, infinities included
  std::size_t nans = 0;         ///< left out of every share
};

/// Equal bins [low, high), the last one closed. inside + below + above = 1 unless all values are NaN.
/// Throws Error when bins < 1 or the range is empty.
Binned bin(std::span<const double> values, Interval range, int bins);

}  // namespace pushforward::report
