// Log-likelihoods as bits per dimension.
#pragma once

#include <cstdint>

#include "pushforward/metrics/interval.h"

namespace pushforward::metrics {

/// (−log p(x) / D + ln 256) / ln 2 for `log_prob` in nats of x in [0,1]^D dequantised by U[0,1)/256
/// (Theis, van den Oord and Bethge 2016, section 3.1). Of a model trained without dequantisation this is
/// no code length: do not print it. Throws Error unless D ≥ 1.
double bits_per_dim(double log_prob, std::int64_t dims);

/// The same for a mean log-likelihood with its interval, whose ends change places.
Interval bits_per_dim(const Interval& log_prob, std::int64_t dims);

}  // namespace pushforward::metrics
