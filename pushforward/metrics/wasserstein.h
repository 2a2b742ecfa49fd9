// Wasserstein distances between sample sets.
//
// Convention everywhere: rooted, W_p = (min over couplings of E ‖x − y‖^p)^(1/p) with Euclidean ‖·‖, in the
// units of the samples, every sample of a set weighing the same. p is 1 or 2.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "pushforward/metrics/interval.h"

namespace pushforward::metrics {

/// Exact between sets of numbers [N] (or [N, 1]) and [M], sizes equal or not: sorted samples meet in order.
///
/// The interval is that of the central limit theorem for transport costs (del Barrio and Loubes 2019): the
/// variances of the optimal potentials over N and M, carried through the root. It covers sampling error about
/// the estimate's mean; the mean exceeds the distance of the distributions, by much where these are alike and
/// in many dimensions. Throws Error for more than one number a sample, none, or ones that are not finite.
Interval wasserstein_1d(const at::Tensor& a, const at::Tensor& b, int p = 1);

/// Exact between samples [N, D] and [N, D], equally many, by the cheapest assignment (assignment.h): N³ at
/// worst, a second for N = 2,000. Interval as above. Throws Error for other shapes, fewer than two, and
/// numbers that are not finite.
Interval wasserstein(const at::Tensor& a, const at::Tensor& b, int p = 1);

struct SlicedOptions {
  int p = 2;
  std::int64_t projections = 500;
  std::uint64_t seed = 0;
};

/// Sliced: (mean over directions θ, uniform on the sphere, of W_p^p of the projections)^(1/p) (Bonneel et al.
/// 2015), samples [N, D] and [M, D]; for D = 1 it is W_p. At most W_p; between shifted copies SW_2 = W_2 /
/// √D. The interval is that of the random directions given the samples, and a point for D = 1. Throws Error
/// as above and for fewer than two directions.
Interval sliced_wasserstein(const at::Tensor& a, const at::Tensor& b, const SlicedOptions& options = {});

}  // namespace pushforward::metrics
