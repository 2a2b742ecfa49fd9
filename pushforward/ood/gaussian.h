// One Gaussian: what distances in its own units are.
#pragma once

#include <ATen/ATen.h>

#include "pushforward/metrics/frechet.h"

namespace pushforward::ood {

/// A normal distribution by its mean [d] and a matrix W [d, d] with W Wᵀ = (Σ + ridge · tr Σ / d · I)⁻¹, so
/// that ‖(x − mean) W‖ is the Mahalanobis distance. The ridge gives directions in which the sample does not
/// vary a width.
struct Gaussian {
  at::Tensor mean, whiten;  ///< float32

  /// With the moments of at least 2 images. Throws Error for fewer and for features that are all constant.
  static Gaussian of(const metrics::GaussianStatistics& statistics, double ridge);

  /// Squared Mahalanobis distances float32 [N] of features [N, d].
  at::Tensor square_distance(const at::Tensor& features) const;
};

}  // namespace pushforward::ood
