// The example by which Arjovsky, Chintala and Bottou (2017) tell divergences apart.
#pragma once

#include "tests/metrics/features.h"

#include <utility>

namespace pushforward::metrics {

/// (0, Z) and (θ, Z'), Z and Z' uniform on [0, 1]: W = |θ|, JS = ln 2 and KL = ∞ unless θ = 0.
inline std::pair<at::Tensor, at::Tensor> parallel_lines(std::int64_t n, double theta) {
  const auto line = [&](double x, std::string_view purpose) {
    auto engine = stream(3, purpose);
    auto points = at::full({n, 2}, x, at::kDouble);
    for (std::int64_t i = 0; i < n; ++i) points.data_ptr<double>()[2 * i + 1] = uniform01(engine);
    return points;
  };
  return {line(0, "left"), line(theta, "right")};
}

}  // namespace pushforward::metrics
