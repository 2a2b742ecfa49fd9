// What a single sample does to the Fréchet distance.
#pragma once

#include <ATen/ATen.h>

#include "pushforward/metrics/frechet.h"

namespace pushforward::metrics {

/// The first-order effect of a sample's weight on `frechet_distance(a, b)`: the influence function at the
/// samples themselves, which the infinitesimal jackknife takes the variance of (Efron 1982, chapter 6).
///
///   of x in a:  2 (μ_a − μ_b)·(x − μ_a) + ‖x − μ_a‖² − (x − μ_a)ᵀ T_ab (x − μ_a), less its mean
///
/// and with a and b exchanged for x in b. T_ab = Σ_a^−½ (Σ_a^½ Σ_b Σ_a^½)^½ Σ_a^−½ is the optimal transport
/// map from a to b (∂/∂Σ_a tr (Σ_a Σ_b)^½ = T_ab / 2). Where Σ_a is singular the inverse is the
/// pseudo-inverse: weights on the samples that made Σ_a do not leave its range.
class FrechetInfluence {
 public:
  /// Throws Error like `frechet_distance`.
  FrechetInfluence(const GaussianStatistics& a, const GaussianStatistics& b);

  double distance() const { return distance_; }       ///< `frechet_distance(a, b)`, within rounding
  at::Tensor of_a(const at::Tensor& features) const;  ///< [N, D] of a's samples → float64 [N] of mean 0
  at::Tensor of_b(const at::Tensor& features) const;

 private:
  double distance_;
  at::Tensor mean_a_, mean_b_;  ///< float64 [D]
  at::Tensor map_a_, map_b_;    ///< float32 [R, D]: T_ab = map_aᵀ map_a, T_ba = map_bᵀ map_b
};

}  // namespace pushforward::metrics
