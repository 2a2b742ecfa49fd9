// One Gaussian: what distances in its own units are.
#pragma once

#include <ATen/ATen.h>

#include "pushforward/metrics/frechet.h"

namespace pushforward::ood {

/// A normal distribution by its mean [d] and a matrix W [d, d] with W Wᵀ = (Σ + ridge · tr Σ / d · I)⁻¹, so
/// that ‖(x − mean) W‖ is the Mahalanobis distance. The ridge gives directions in which the sample does not
/// vary a width. Of few images it is at least what shrinks Σ as Chen et al. 2010 have it ("Shrinkage
/// algorithms for MMSE covariance estimation", equation 23, OAS), so that new images are not endlessly far:
///
///   Σ + ρ / (1 − ρ) · tr Σ / d · I,   ρ = min(1, ((1 − 2/d) tr Σ² + tr² Σ) / ((n + 1 − 2/d) (tr Σ² − tr² Σ /
///   d)))
struct Gaussian {
  at::Tensor mean, whiten;  ///< float32

  /// Whether n images say little of the covariance of d numbers: those fitted on are nearer than new ones.
  static bool few(std::int64_t n, std::int64_t d) { return n < 20 * d; }

  /// With the moments of at least 2 images. Throws Error for fewer and for features that are all constant.
  static Gaussian of(const metrics::GaussianStatistics& statistics, double ridge);

  /// Squared Mahalanobis distances float32 [N] of features [N, d].
  at::Tensor square_distance(const at::Tensor& features) const;
};

}  // namespace pushforward::ood
