// Divergences between sample sets by counting: Kullback-Leibler, Jensen-Shannon, total variation. In nats.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "pushforward/metrics/interval.h"

namespace pushforward::metrics {

/// Two sample sets over the same cells: `bins` equal parts of each dimension's joint range. Where a few
/// points far away stretch the range beyond three times that of the others, the bins divide twice the range
/// of all but the outer hundredths, and go on beyond it as wide. Only cells that hold a sample are kept.
struct BinnedPair {
  std::vector<double> p, q;  ///< shares of A and of B, cell by cell
  std::int64_t n = 0, m = 0, bins = 0;

  BinnedPair swapped() const { return {.p = q, .q = p, .n = m, .m = n, .bins = bins}; }
  /// The share of A in cells without any of B: above 0, KL(A‖B) is infinite.
  double outside() const;
};

inline constexpr std::int64_t most_binned_dims = 3;

/// samples [N, D] and [M, D], D ≤ `most_binned_dims`. 0 bins: 2 min(N, M)^(1/(D+2)), rounded up, which is
/// Rice's rule for D = 1. Throws Error for other shapes, more dimensions, none, and numbers that are not
/// finite.
BinnedPair bin_together(const at::Tensor& a, const at::Tensor& b, std::int64_t bins = 0);

// What follows are the divergences of the binned distributions, which are never larger than those of the
// densities (data processing), estimated by the shares themselves, which are larger by about
// (cells − 1)/2 · (1/N + 1/M) for KL and a quarter of that for JS when the distributions are alike. The
// intervals are those of the delta method: sampling error, neither of these two biases. Where A and B are
// hardly different the first order vanishes, and the interval is too narrow beside the bias.

/// Σ p ln(p/q): +∞ (a point interval) when A has a share where B has none.
Interval kl_divergence(const BinnedPair& pair);

/// ½ KL(p‖m) + ½ KL(q‖m) with m = (p + q)/2, the divergence, not its root: 0 … ln 2.
Interval jensen_shannon(const BinnedPair& pair);

/// ½ Σ |p − q|: 0 … 1.
Interval total_variation(const BinnedPair& pair);

}  // namespace pushforward::metrics
