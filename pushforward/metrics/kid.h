// Kernel distance of features: unbiased whatever the number of samples.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "pushforward/metrics/interval.h"

namespace pushforward::metrics {

struct KidOptions {
  std::int64_t subsets = 100;
  std::int64_t subset_size = 1000;
  std::uint64_t seed = 0;
};

/// MMD² with the kernel (xᵀy / D + 1)³ between features real [N, D] and fake [M, D] (Bińkowski et al. 2018):
/// the mean over random subsets of the unbiased estimate
///
///   Σ_{i≠j} k(x_i, x_j) / (m (m − 1)) + Σ_{i≠j} k(y_i, y_j) / (m (m − 1)) − 2 Σ_ij k(x_i, y_j) / m²
///
/// (below 0 about half of the time for equal distributions). m is `subset_size`, or the smaller set's size
/// where that is less: no expectation depends on it. Products are float32, sums float64.
///
/// Interval: ± 1.96 √(4 var_x / N + 4 var_y / M + s² / subsets). The first two are the samples' noise
/// (Hoeffding 1948: var_x is that of mean k(x, X) − mean k(x, Y) over the samples x drawn), the last is that
/// of drawing subsets, s being their standard deviation. Other tools print s or s / √subsets alone; the
/// latter falls to 0 with more subsets of the same samples. Throws Error like `fid`, and for fewer than two
/// subsets or samples in one.
Interval kid(const at::Tensor& real, const at::Tensor& fake, const KidOptions& options = {});

}  // namespace pushforward::metrics
