// How FID depends on the number of samples, and what it tends to.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <vector>

#include "pushforward/metrics/frechet.h"
#include "pushforward/metrics/interval.h"

namespace pushforward::metrics {

struct FidPoint {
  std::int64_t samples = 0;  ///< of either side
  double fid = 0;
};

/// FID of random subsets of `samples` each of real [N, D] and fake [M, D], one point for each of `sizes`: the
/// curve that falls towards FID∞. Throws Error like `fid`, and for a size below 2 or above N or M.
std::vector<FidPoint> fid_curve(const at::Tensor& real, const at::Tensor& fake,
                                std::span<const std::int64_t> sizes, std::uint64_t seed = 0);

/// Powers of two from 16 up, and `most`: the sizes of a curve.
std::vector<std::int64_t> curve_sizes(std::int64_t most);

struct FidInfinityOptions {
  int points = 15;
  double smallest = 0.5;  ///< The smallest subset, as a share of the samples.
  std::uint64_t seed = 0;
};

struct FidInfinity {
  Interval value;    ///< The intercept; may be below 0, as an unbiased estimate of 0 must.
  double slope = 0;  ///< FID ≈ value + slope / samples
  std::vector<FidPoint> points;
};

/// The intercept of a line through FID over 1 / samples (Chong and Forsyth 2020): its bias vanishes like 1 /
/// N beyond some multiples of D. Subsets of evenly spaced sizes up to n = min(N, M) are drawn from either
/// side.
///
/// Interval: 1.96 standard errors, of which one part is the samples' noise: a sample's effect on the
/// intercept is its effect on each point's FID (`FrechetInfluence`, that of all samples in the place of the
/// subset's) times the point's weight in the regression. The other part is the regression's own standard
/// error. Throws Error like `fid`, for fewer than 3 points, a share outside (0, 1), and too few samples for
/// sizes that differ.
FidInfinity fid_infinity(const at::Tensor& real, const at::Tensor& fake,
                         const FidInfinityOptions& options = {});

/// The same to saved statistics, which stay whole: what is extrapolated is the number of fakes.
FidInfinity fid_infinity(const GaussianStatistics& real, const at::Tensor& fake,
                         const FidInfinityOptions& options = {});

}  // namespace pushforward::metrics
