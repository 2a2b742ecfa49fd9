#include "pushforward/nn/ema.h"

#include <algorithm>

#include "pushforward/core/error.h"

namespace pushforward::nn {

Ema::Ema(const Module& module, double decay, Buffers buffers) : decay_(decay) {
  PF_CHECK(decay > 0 && decay < 1, "[ema] expected a decay in (0, 1), got {}", decay);
  live_ = named_state(module);
  const auto parameters = module.parameters().size();
  for (const auto& [name, tensor] : live_) {
    const bool averaged = averages_.size() < parameters ||
                          (buffers == Buffers::averaged && at::isFloatingType(tensor.scalar_type()));
    averages_.push_back(averaged ? tensor.detach().clone() : tensor);
  }
}

void Ema::update(std::int64_t step) {
  at::NoGradGuard no_grad;
  const auto t = static_cast<double>(step);
  const double decay = std::min(decay_, (1 + t) / (10 + t));
  for (std::size_t i = 0; i < live_.size(); ++i)
    if (!averages_[i].is_same(live_[i].second)) averages_[i].lerp_(live_[i].second.detach(), 1 - decay);
}

NamedTensors Ema::weights() const {
  NamedTensors weights;
  for (std::size_t i = 0; i < live_.size(); ++i) weights.emplace_back(live_[i].first, averages_[i]);
  return weights;
}

void Ema::swap() {
  at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < live_.size(); ++i) {
    if (averages_[i].is_same(live_[i].second)) continue;
    const auto value = live_[i].second.detach().clone();
    live_[i].second.copy_(averages_[i]);
    averages_[i].copy_(value);
  }
  swapped_ = !swapped_;
}

void Ema::use(bool averages) {
  if (averages != swapped_) swap();
}

}  // namespace pushforward::nn
