#include "pushforward/nn/adam.h"

#include <cmath>

namespace pushforward::nn {

Adam::Adam(const Module& module, ops::AdamOptions options) : options_(options) {
  for (const auto& item : module.named_parameters()) {
    names_.push_back(item.key());
    parameters_.push_back(item.value());
    first_.push_back(at::zeros_like(item.value(), at::MemoryFormat::Contiguous).detach());
    second_.push_back(at::zeros_like(item.value(), at::MemoryFormat::Contiguous).detach());
  }
}

std::vector<at::Tensor> Adam::gradients() const {
  std::vector<at::Tensor> result;
  result.reserve(parameters_.size());
  for (const auto& p : parameters_) result.push_back(p.grad().defined() ? p.grad() : at::zeros_like(p));
  return result;
}

void Adam::update(std::int64_t step, double learning_rate) {
  at::NoGradGuard no_grad;
  auto options = options_;
  options.learning_rate = learning_rate;
  ops::adam_step(parameters_, gradients(), first_, second_, step, options);
}

void Adam::zero_gradients() {
  for (auto& p : parameters_) p.mutable_grad().reset();
}

double Adam::clip_gradients(double max_norm) {
  at::NoGradGuard no_grad;
  double squares = 0;
  for (const auto& g : gradients())
    squares += at::linalg_vector_norm(g).to(at::kDouble).square().item<double>();
  const double norm = std::sqrt(squares);
  if (norm > max_norm)
    for (auto& p : parameters_)
      if (p.grad().defined()) p.mutable_grad().mul_(max_norm / norm);
  return norm;
}

std::string Adam::first_non_finite_gradient() const {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto& g = parameters_[i].grad();
    if (g.defined() && g.dim() == 1 && !std::isfinite(g.sum().item<double>())) return names_[i];
  }
  return "";
}

NamedTensors Adam::state() const {
  NamedTensors state;
  for (std::size_t i = 0; i < names_.size(); ++i) state.emplace_back("first_moment." + names_[i], first_[i]);
  for (std::size_t i = 0; i < names_.size(); ++i)
    state.emplace_back("second_moment." + names_[i], second_[i]);
  return state;
}

}  // namespace pushforward::nn
