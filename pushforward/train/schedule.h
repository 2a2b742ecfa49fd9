// Learning rates over time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pushforward::train {

enum class Decay { constant, linear, cosine };

/// Rises linearly over `warmup` updates, then falls to zero at `total` as the decay says (cosine:
/// Loshchilov & Hutter 2017, eq. 5).
struct Schedule {
  double learning_rate = 1e-3;
  Decay decay = Decay::constant;
  std::int64_t warmup = 0;
  std::int64_t total = 0;

  /// The rate of update `step`, from 0.
  double at(std::int64_t step) const;
};

const std::vector<std::string>& decay_names();
/// Throws UsageError for an unknown name.
Decay decay_of(const std::string& name);

}  // namespace pushforward::train
