// Two sets of scores as counts over their distinct values: all that ROC-like statistics depend on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pushforward::metrics {

/// How many of each set have each distinct score, from the highest score to the lowest. Both vectors are
/// as long; resampled counts (some of them zero) have the same form.
struct Counts {
  std::vector<std::uint32_t> in, out;
};

struct Ranking {
  Counts counts;
  std::vector<std::uint32_t> place_in, place_out;  ///< of each score, in the order given
};

/// Throws Error without scores on either side, or for a NaN, with its index; ±∞ rank like numbers.
Ranking rank(std::span<const double> in, std::span<const double> out);

/// P(out > in) + ½ P(out = in): the Mann-Whitney statistic.
double auroc(const Counts& counts);

/// Its variance by DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988): S₁₀/n_out + S₀₁/n_in, the
/// variances (ddof 1) of the placements of either set in the other. NaN when a set has one score.
double auroc_variance(const Counts& counts);

/// Σ (R_k − R_{k−1}) P_k over the distinct scores, out positive: ties share one threshold.
double average_precision(const Counts& counts);

/// The share of `in` at or above the highest score that catches 95 % of `out`.
double fpr_at_95_tpr_out(const Counts& counts);

/// The share of `out` at or below the lowest score that keeps 95 % of `in`.
double fpr_at_95_tpr_in(const Counts& counts);

}  // namespace pushforward::metrics
