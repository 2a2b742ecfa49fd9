#include "pushforward/metrics/likelihood.h"

#include <cmath>
#include <numbers>

#include "pushforward/core/error.h"

namespace pushforward::metrics {

double bits_per_dim(double log_prob, std::int64_t dims) {
  PF_CHECK(dims >= 1, "[bits_per_dim] expected at least 1 dimension, got {}", dims);
  return 8 - log_prob / (static_cast<double>(dims) * std::numbers::ln2);
}

Interval bits_per_dim(const Interval& log_prob, std::int64_t dims) {
  return {bits_per_dim(log_prob.value, dims), bits_per_dim(log_prob.high, dims),
          bits_per_dim(log_prob.low, dims)};
}

}  // namespace pushforward::metrics
