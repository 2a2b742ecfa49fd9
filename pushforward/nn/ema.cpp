#include "pushforward/nn/ema.h"

#include <algorithm>

#include "pushforward/core/error.h"

namespace pushforward::nn {

Ema::Ema(const Module& module, double decay) : decay_(decay) {
  PF_CHECK(decay > 0 && decay < 1, "[ema] expected a decay in (0, 1), got {}", decay);
  for (const auto& item : module.named_parameters()) {
    names_.push_back(item.key());
    parameters_.push_back(item.value());
    averages_.push_back(item.value().detach().clone());
  }
  for (const auto& item : module.named_buffers()) buffers_.emplace_back(item.key(), item.value());
}

void Ema::update(std::int64_t step) {
  at::NoGradGuard no_grad;
  const auto t = static_cast<double>(step);
  const double decay = std::min(decay_, (1 + t) / (10 + t));
  for (std::size_t i = 0; i < parameters_.size(); ++i) averages_[i].lerp_(parameters_[i].detach(), 1 - decay);
}

NamedTensors Ema::weights() const {
  NamedTensors weights;
  for (std::size_t i = 0; i < names_.size(); ++i) weights.emplace_back(names_[i], averages_[i]);
  weights.insert(weights.end(), buffers_.begin(), buffers_.end());
  return weights;
}

void Ema::swap() {
  at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto parameter = parameters_[i].detach().clone();
    parameters_[i].copy_(averages_[i]);
    averages_[i].copy_(parameter);
  }
}

}  // namespace pushforward::nn
