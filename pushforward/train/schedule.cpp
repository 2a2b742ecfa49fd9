#include "pushforward/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "pushforward/core/error.h"
#include "pushforward/core/names.h"

namespace pushforward::train {

double Schedule::at(std::int64_t step) const {
  if (step < warmup) return learning_rate * static_cast<double>(step + 1) / static_cast<double>(warmup);
  if (decay == Decay::constant) return learning_rate;
  const double span = static_cast<double>(std::max<std::int64_t>(1, total - warmup));
  const double done = std::clamp(static_cast<double>(step - warmup) / span, 0.0, 1.0);
  return learning_rate * (decay == Decay::linear ? 1 - done : 0.5 * (1 + std::cos(std::numbers::pi * done)));
}

const std::vector<std::string>& decay_names() {
  static const std::vector<std::string> names{"constant", "linear", "cosine"};
  return names;
}

Decay decay_of(const std::string& name) {
  for (std::size_t i = 0; i < decay_names().size(); ++i)
    if (decay_names()[i] == name) return static_cast<Decay>(i);
  throw usage("unknown schedule {}, expected one of {}", name, fmt::join(decay_names(), ", "));
}

}  // namespace pushforward::train
