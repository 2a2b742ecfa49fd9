// How well one set of numbers orders another.
#pragma once

#include <span>

#include "pushforward/metrics/interval.h"

namespace pushforward::metrics {

/// Spearman's ρ of pairs (x_i, y_i): the correlation of their ranks, equal values sharing the mean of theirs.
/// The interval is Fisher's, tanh(artanh ρ ± z √((1 + ρ²/2) / (n − 3))) (Bonett and Wright 2000, "Sample size
/// requirements for estimating Pearson, Kendall and Spearman correlations", equation 7). NaN where all of x
/// or of y are equal. Throws Error for lengths that differ, for fewer than four pairs and for NaN.
Interval rank_correlation(std::span<const double> x, std::span<const double> y);

}  // namespace pushforward::metrics
