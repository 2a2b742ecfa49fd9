#include "pushforward/nn/maximum_likelihood.h"

#include <cmath>

#include "pushforward/core/random.h"

namespace pushforward::nn {

MaximumLikelihood::MaximumLikelihood(std::shared_ptr<DensityModel> model, MaximumLikelihoodOptions options)
    : model_(std::move(model)), options_(options), adam_(*model_, options.adam) {
  if (options_.ema_decay > 0) ema_.emplace(*model_, options_.ema_decay);
}

Scalars MaximumLikelihood::step(const Batch& batch, const StepInfo& info) {
  adam_.zero_gradients();
  const auto key = stream_key(options_.seed, "noise", static_cast<std::uint64_t>(info.step));
  const auto log_likelihood = model_->log_prob(batch.values, generator(key)).mean();
  const double value = log_likelihood.item<double>();
  if (!std::isfinite(value)) {
    const auto where = model_->first_non_finite(batch.values);
    throw NonFinite(
        fmt::format("the log-likelihood is {}, first in {}", value, where.empty() ? "its noise" : where));
  }
  (-log_likelihood).backward();
  if (const auto name = adam_.first_non_finite_gradient(); !name.empty())
    throw NonFinite(fmt::format("the gradient of {} is not finite", name));

  Scalars scalars{{"log_likelihood", value}};
  if (options_.clip_norm > 0) {
    const double norm = adam_.clip_gradients(options_.clip_norm);
    if (!std::isfinite(norm)) throw NonFinite(fmt::format("the norm of the gradient is {}", norm));
    scalars.emplace_back("gradient_norm", norm);
  }
  adam_.update(info.step + 1, info.learning_rate);
  if (ema_) ema_->update(info.step);
  return scalars;
}

Scalars MaximumLikelihood::evaluate(const Batch& batch) {
  at::NoGradGuard no_grad;
  return {{"log_likelihood", model_->log_prob(batch.values).to(at::kDouble).mean().item<double>()}};
}

at::Tensor MaximumLikelihood::sample(std::int64_t n, at::Generator generator) {
  return model_->sample(n, 1.0, std::move(generator));
}

void MaximumLikelihood::use_averages(bool use) {
  if (ema_ && use != averaged_) ema_->swap();
  averaged_ = use;
}

NamedTensors MaximumLikelihood::state() {
  NamedTensors all;
  const auto add = [&all](const std::string& prefix, const NamedTensors& tensors) {
    for (const auto& [name, tensor] : tensors) all.emplace_back(prefix + name, tensor);
  };
  add("model.", named_state(*model_));
  add("adam.", adam_.state());
  if (ema_) add("ema.", ema_->weights());
  return all;
}

NamedTensors MaximumLikelihood::weights() {
  return ema_ ? ema_->weights() : named_state(*model_);
}

}  // namespace pushforward::nn
