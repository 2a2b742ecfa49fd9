// Exact k nearest neighbours, with who they are.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "pushforward/metrics/distance_bounds.h"

namespace pushforward::metrics {

struct Neighbours {
  at::Tensor distances;  ///< float64 [N, k], Euclidean, ascending
  at::Tensor indices;    ///< int64 [N, k], rows of `points`; of equally near ones the first
};

/// The k nearest of points [M, D] to each of queries [N, D]; with `exclude_self` both are the same set, and
/// row i is no neighbour of itself (its doubles are).
///
/// Float32 products bound every distance from both sides (distance_bounds.h); float64 differences of the
/// numbers as they were given decide among those that can be nearest. So the answer is that of float64
/// throughout, near points included. Memory is independent of N·M. Throws Error for other shapes, numbers
/// that are not finite, and unless 1 ≤ k ≤ M (less one with `exclude_self`).
Neighbours nearest_neighbours(const at::Tensor& queries, const at::Tensor& points, std::int64_t k,
                              bool exclude_self = false);

/// The squared distance of each point of a cloud to its k-th nearest other, exact in float64 and comparable
/// with `square_distance` ties included. 1 ≤ k < N.
std::vector<double> neighbour_squares(const Cloud& cloud, std::int64_t k);

}  // namespace pushforward::metrics
