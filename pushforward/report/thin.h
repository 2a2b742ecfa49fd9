// Fewer points, the same picture.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace pushforward::report {

/// Indices, in order, of the points to draw. The sequence is cut into about `buckets` runs of equal
/// length, and each keeps its first, last, lowest and highest y and one non-finite point, so that peaks,
/// ends and gaps survive. All of them when there are at most 4 · buckets points.
std::vector<std::size_t> thin(std::span<const double> y, std::size_t buckets);

}  // namespace pushforward::report
