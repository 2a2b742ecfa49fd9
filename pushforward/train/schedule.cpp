#include "pushforward/train/schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "pushforward/core/names.h"

namespace pushforward::train {
namespace {

struct Named {
  const char* name;
  Decay decay;
};

constexpr std::array<Named, 3> decays{
    {{"constant", Decay::constant}, {"linear", Decay::linear}, {"cosine", Decay::cosine}}};

}  // namespace

double Schedule::at(std::int64_t step) const {
  if (step < warmup) return learning_rate * static_cast<double>(step + 1) / static_cast<double>(warmup);
  if (decay == Decay::constant) return learning_rate;
  const double span = static_cast<double>(std::max<std::int64_t>(1, total - warmup));
  const double done = std::clamp(static_cast<double>(step - warmup) / span, 0.0, 1.0);
  return learning_rate * (decay == Decay::linear ? 1 - done : 0.5 * (1 + std::cos(std::numbers::pi * done)));
}

const std::vector<std::string>& decay_names() {
  static const auto names = names_of(decays);
  return names;
}

Decay decay_of(const std::string& name) {
  return find_named(decays, name, "schedule").decay;
}

}  // namespace pushforward::train
