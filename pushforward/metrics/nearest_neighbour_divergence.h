// Kullback-Leibler divergence between sample sets by nearest neighbours.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "pushforward/metrics/interval.h"

namespace pushforward::metrics {

/// KL(A‖B) in nats from samples [N, D] and [M, D]:
///   D/N Σ_i ln(ν_k(i) / ρ_k(i)) + ln(M / (N − 1))
/// with ρ_k(i) the distance from x_i to its k-th nearest other of A and ν_k(i) to its k-th nearest of B
/// (Wang, Kulkarni and Verdú 2009, (14); Pérez-Cruz 2008). Consistent for densities; may be below 0. With
/// many dimensions it needs many samples: its bias falls as N^(−1/D). Where A reaches far beyond B the value
/// is too small: the nearest of B are then the same few. Samples that do not fill their space (an image set,
/// a line in the plane) have no density there, and the value then tells near from far but is no KL. The
/// interval is that of the mean of N independent terms: the sampling error of A, neither that of B nor the
/// bias. Throws Error unless N > k and M ≥ k, and when a sample coincides with k others, where the distance
/// is 0.
Interval kl_divergence_by_neighbours(const at::Tensor& a, const at::Tensor& b, std::int64_t k = 5);

}  // namespace pushforward::metrics
