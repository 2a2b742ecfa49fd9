// Scores to try metrics on.
#pragma once

#include <cmath>
#include <string_view>
#include <vector>

#include "pushforward/core/random.h"

namespace pushforward::metrics {

/// n draws from N(mean, 1).
inline std::vector<double> normals(std::size_t n, double mean, std::string_view purpose,
                                   std::uint64_t counter = 0) {
  auto engine = stream(1, purpose, counter);
  std::vector<double> values(n);
  for (auto& value : values) value = mean + normal01(engine);
  return values;
}

/// Few distinct values, hence many ties.
inline std::vector<double> rounded(std::vector<double> values) {
  for (auto& value : values) value = std::round(value);
  return values;
}

inline std::vector<double> negated(std::vector<double> values) {
  for (auto& value : values) value = -value;
  return values;
}

inline double normal_cdf(double x) {
  return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

}  // namespace pushforward::metrics
