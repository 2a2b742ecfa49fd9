// The optimal coupling of two sets of numbers: sorted samples meet in order.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <vector>

namespace pushforward::metrics {

using Numbers = std::span<const double>;

/// Σ mass · |a_i − b_j|^p over the coupling of ascending numbers, every sample of a set weighing the same.
double cost_of_sorted(Numbers a, Numbers b, int p);

/// The same, with potentials u_i + v_j = |a_i − b_j|^p wherever mass goes: how much the cost moves with the
/// weight of each sample, but for a constant.
struct SortedTransport {
  double cost = 0;
  std::vector<double> u, v;
};

SortedTransport transport_sorted(Numbers a, Numbers b, int p);

/// Directions uniform on the sphere: float64 [count, dims] of length 1, the same for the same seed.
at::Tensor random_directions(std::int64_t count, std::int64_t dims, std::uint64_t seed);

}  // namespace pushforward::metrics
