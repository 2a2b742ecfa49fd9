// Divergences between Gaussians in closed form, in nats where they have a unit.
#pragma once

#include "pushforward/metrics/frechet.h"

namespace pushforward::metrics {

// Between N(μ_a, Σ_a) and N(μ_b, Σ_b) in D dimensions, by their statistics. All throw Error for fewer than
// two samples on either side and for other dimensions. A covariance is singular when its Cholesky factor does
// not exist or has a pivot below 1e-12 of its largest.

/// KL(A‖B) = ½ (tr(Σ_b⁻¹ Σ_a) + Δᵀ Σ_b⁻¹ Δ − D + ln(det Σ_b / det Σ_a)), Δ = μ_b − μ_a. 0 for equal
/// statistics, else +∞ when either covariance is singular.
double kl_divergence(const GaussianStatistics& a, const GaussianStatistics& b);

/// W_2, the root of `frechet_distance`.
double wasserstein_2(const GaussianStatistics& a, const GaussianStatistics& b);

/// −ln ∫ √(p q) = ⅛ Δᵀ S⁻¹ Δ + ½ ln(det S / √(det Σ_a det Σ_b)), S = (Σ_a + Σ_b)/2. 0 for equal statistics,
/// else +∞ when either covariance is singular.
double bhattacharyya_distance(const GaussianStatistics& a, const GaussianStatistics& b);

/// √(1 − ∫ √(p q)), rooted, 0 … 1.
double hellinger_distance(const GaussianStatistics& a, const GaussianStatistics& b);

/// ½ ∫ |p − q|, 0 … 1, exact by the at most two points where the densities cross. D = 1 only, else throws
/// Error.
double total_variation(const GaussianStatistics& a, const GaussianStatistics& b);

/// ½ KL(p‖m) + ½ KL(q‖m) with m = (p + q)/2, not rooted, 0 … ln 2, by quadrature to about 1e-8. D = 1 only,
/// else throws Error.
double jensen_shannon(const GaussianStatistics& a, const GaussianStatistics& b);

}  // namespace pushforward::metrics
