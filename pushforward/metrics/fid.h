// The Fréchet distance of features (of Inception's: FID), with an interval.
#pragma once

#include <ATen/ATen.h>

#include "pushforward/metrics/frechet.h"
#include "pushforward/metrics/interval.h"

namespace pushforward::metrics {

/// `frechet_distance` of features real [N, D] and fake [M, D] (Heusel et al. 2017, eq. 6), any floating type.
///
/// Interval: value ± 1.96 √(var_real / N + var_fake / M), var the variance of a sample's first-order effect
/// on the distance (the infinitesimal jackknife, `FrechetInfluence`). It says how much the value would move
/// with other samples of the same sizes. It does not cover FID's bias: the value for N samples is above that
/// for infinitely many by about c / N, often by more than the interval is wide (`fid_infinity`). In
/// simulations it had 0.96 to 1.2 times the true standard error, also with fewer samples than dimensions and
/// down to 16 of them, and 1.4 times where both sets were of one distribution.
///
/// Throws Error for fewer than two samples, other dimensions, numbers that are not finite (with the row),
/// and real features that are all the same.
Interval fid(const at::Tensor& real, const at::Tensor& fake);

/// The same to saved statistics. The interval covers the choice of `fake` alone: the reference is taken as it
/// is.
Interval fid(const GaussianStatistics& real, const at::Tensor& fake);

}  // namespace pushforward::metrics
