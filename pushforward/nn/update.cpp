#include "pushforward/nn/update.h"

#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "pushforward/nn/trainable.h"

namespace pushforward::nn {

Update::Update(const Module& module, UpdateOptions options, std::string network)
    : module_(module),
      options_(std::move(options)),
      network_(std::move(network)),
      optimiser_(optimiser(module, options_.optimiser)) {
  if (options_.ema_decay > 0) ema_.emplace(module, options_.ema_decay, options_.ema_buffers);
}

bool Update::is_finite(double loss) const {
  return options_.reducer->everywhere(std::isfinite(loss));
}

Gradients Update::gradients_of(const at::Tensor& of, const at::Tensor& signal) const {
  const auto& parameters = optimiser_->parameters();
  const auto signals = signal.defined() ? std::vector{signal} : std::vector<at::Tensor>{};
  auto gradients = torch::autograd::grad({of}, parameters, signals, false, false, true);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    auto& g = gradients[i];
    const auto p = parameters[i].detach();
    if (!g.defined())
      g = at::zeros_like(p);
    else if (g.strides() != p.strides())
      g = at::empty_like(p).copy_(g);
  }
  return gradients;
}

std::optional<double> Update::take(Gradients gradients) {
  options_.reducer->reduce(gradients);
  optimiser_->set_gradients(gradients);
  try {
    return clipped();
  } catch (...) {
    forget();
    throw;
  }
}

/// The norm, where it is wanted, after a look at what is not finite and with the gradients clipped.
std::optional<double> Update::clipped() const {
  const auto of = network_.empty() ? "" : network_ + ".";
  const auto expect_finite = [&](bool vectors_only) {
    if (const auto name = optimiser_->first_non_finite_gradient(vectors_only); !name.empty())
      throw NonFinite(fmt::format("the gradient of {}{} is not finite", of, name));
  };
  if (options_.clip_norm == 0 && !options_.measure_norm) {
    expect_finite(true);
    return {};
  }
  const double norm =
      options_.clip_norm > 0 ? optimiser_->clip_gradients(options_.clip_norm) : optimiser_->gradient_norm();
  if (std::isfinite(norm)) return norm;
  expect_finite(false);
  throw NonFinite(
      fmt::format("the norm of the {}gradient is {}", network_.empty() ? "" : network_ + "'s ", norm));
}

double Update::apply(std::int64_t step, double learning_rate) {
  const double length = optimiser_->update(step + 1, learning_rate);
  forget();
  if (ema_) ema_->update(step);
  return length;
}

NamedTensors Update::averages() const {
  return ema_ ? ema_->weights() : NamedTensors{};
}

NamedTensors Update::weights() const {
  return ema_ ? ema_->weights() : named_state(module_);
}

void Update::use_averages(bool use) {
  if (ema_) ema_->use(use);
}

}  // namespace pushforward::nn
