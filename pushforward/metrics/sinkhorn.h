// The Sinkhorn divergence: entropic optimal transport without its bias.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "pushforward/metrics/interval.h"

namespace pushforward::metrics {

struct SinkhornOptions {
  double epsilon = 0;       ///< In units of the cost; 0: a twentieth of the mean cost between A and B.
  double tolerance = 1e-6;  ///< Potentials move by less than this share of the mean cost.
  std::int64_t max_iterations = 2000;
};

struct SinkhornDivergence {
  Interval value;
  double epsilon = 0;
  std::int64_t iterations = 0;  ///< Of the slowest of the three problems.
  bool converged = false;       ///< Whether all three reached the tolerance.
};

/// S_ε = OT_ε(A, B) − ½ OT_ε(A, A) − ½ OT_ε(B, B) (Feydy et al. 2019, (3)) between samples [N, D] and [M, D]:
///   OT_ε = min over couplings of E ‖x − y‖² + ε KL(coupling ‖ A ⊗ B)
/// with the cost ‖x − y‖², not halved, and not rooted: S_ε → W_2² as ε → 0, and ‖mean A − mean B‖² as ε → ∞.
/// 0 for equal sets, never negative but by the tolerance. Iterations are in the log domain, in float64, with
/// ε falling to its value from the largest cost; memory is 3 cost matrices. The interval is that of the
/// variances of the debiased potentials over N and M (Bigot, Cazelles and Papadakis 2019): sampling error,
/// and too narrow where A and B are hardly different. Throws Error for other shapes, fewer than two samples,
/// numbers that are not finite, and ε below 0.
SinkhornDivergence sinkhorn_divergence(const at::Tensor& a, const at::Tensor& b,
                                       const SinkhornOptions& options = {});

}  // namespace pushforward::metrics
