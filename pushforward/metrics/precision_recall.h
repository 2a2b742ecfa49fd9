// Fidelity and diversity apart: precision and recall, density and coverage.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "pushforward/metrics/interval.h"

namespace pushforward::metrics {

/// A sample's ball reaches to the k-th nearest other sample of its set, surface included.
struct Prdc {
  Interval precision;  ///< Share of fakes in some real ball (Kynkäänniemi et al. 2019, eq. 1-3).
  Interval recall;     ///< Share of reals in some fake ball.
  Interval density;   ///< Real balls around a fake over k, the mean (Naeem et al. 2020, eq. 3): may exceed 1.
  Interval coverage;  ///< Share of reals whose ball holds a fake (eq. 4).
};

/// Compares features real [N, D] and fake [M, D]. Neighbours are exact: products are float32 on centred
/// features, and wherever their rounding could decide, distances are computed anew in float64.
///
/// Intervals: the noise of the samples judged and, by a jackknife with radii held, of those whose balls judge
/// them; for shares on Wilson's scale, with the number of trials that has that variance. In simulations 0.9
/// to 1.6 times as wide as the spread of fresh samples, and up to 2.3 times where a share is within 0.05 of 0
/// or 1; the first part alone would be 0.7 to 0.9 times as wide. Throws Error like `fid`, for k < 1, and for
/// fewer than k + 1 samples on either side.
Prdc prdc(const at::Tensor& real, const at::Tensor& fake, std::int64_t k = 5);

}  // namespace pushforward::metrics
