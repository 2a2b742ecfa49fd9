#include "pushforward/nn/descent.h"

#include <cmath>

namespace pushforward::nn {

Descent::Descent(const Module& module, DescentOptions options)
    : module_(module), options_(options), adam_(module, options.adam) {
  if (options_.ema_decay > 0) ema_.emplace(module, options_.ema_decay);
}

Scalars Descent::minimise(const at::Tensor& loss, const StepInfo& info) {
  adam_.zero_gradients();
  loss.backward();
  if (const auto name = adam_.first_non_finite_gradient(); !name.empty())
    throw NonFinite(fmt::format("the gradient of {} is not finite", name));
  Scalars scalars;
  if (options_.clip_norm > 0) {
    const double norm = adam_.clip_gradients(options_.clip_norm);
    if (!std::isfinite(norm)) throw NonFinite(fmt::format("the norm of the gradient is {}", norm));
    scalars.emplace_back("gradient_norm", norm);
  }
  adam_.update(info.step + 1, info.learning_rate);
  if (ema_) ema_->update(info.step);
  return scalars;
}

NamedTensors Descent::state() const {
  NamedTensors all;
  append(all, "model.", named_state(module_));
  append(all, "adam.", adam_.state());
  if (ema_) append(all, "ema.", ema_->weights());
  return all;
}

NamedTensors Descent::weights() const {
  return ema_ ? ema_->weights() : named_state(module_);
}

void Descent::use_averages(bool use) {
  if (ema_) ema_->use(use);
}

}  // namespace pushforward::nn
