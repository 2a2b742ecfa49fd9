#include "pushforward/nn/optimiser.h"

#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/nn/adam.h"
#include "pushforward/nn/muon.h"
#include "pushforward/nn/rmsprop.h"
#include "pushforward/ops/pieces.h"

namespace pushforward::nn {

Optimiser::Optimiser(const Module& module) {
  for (const auto& item : module.named_parameters()) {
    names_.push_back(item.key());
    parameters_.push_back(item.value());
  }
}

double Optimiser::update(std::int64_t step, double learning_rate) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  gradients.reserve(parameters_.size());
  for (const auto& p : parameters_) {
    const auto& g = p.grad();
    if (g.defined() && g.strides() == p.strides())
      gradients.push_back(g);
    else
      gradients.push_back(g.defined() ? at::empty_like(p).copy_(g) : at::zeros_like(p));
  }
  const double moved = apply(gradients, step, learning_rate, scale_);
  scale_ = 1;
  return moved;
}

void Optimiser::set_gradients(const std::vector<at::Tensor>& gradients) {
  PF_CHECK(gradients.size() == parameters_.size(), "[optimiser] expected {} gradients, got {}",
           parameters_.size(), gradients.size());
  scale_ = 1;
  for (std::size_t i = 0; i < gradients.size(); ++i) parameters_[i].mutable_grad() = gradients[i];
}

void Optimiser::zero_gradients() {
  scale_ = 1;
  for (auto& p : parameters_) p.mutable_grad().reset();
}

double Optimiser::gradient_norm() const {
  ops::TensorList gradients;
  for (const auto& p : parameters_)
    if (p.grad().defined()) gradients.push_back(p.grad());
  return gradients.empty() ? 0.0 : ops::norm_of(gradients);
}

double Optimiser::clip_gradients(double max_norm) {
  const double norm = gradient_norm();
  scale_ = norm > max_norm ? max_norm / norm : 1;
  return norm;
}

std::string Optimiser::first_non_finite_gradient(bool vectors_only) const {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const auto& g = parameters_[i].grad();
    if (!g.defined() || (vectors_only && g.dim() != 1)) continue;
    const bool finite =
        vectors_only ? std::isfinite(g.sum().item<double>()) : at::isfinite(g).all().item<bool>();
    if (!finite) return names_[i];
  }
  return "";
}

std::vector<at::Tensor> Optimiser::zeros() const {
  std::vector<at::Tensor> result;
  for (const auto& p : parameters_) result.push_back(at::zeros_like(p.detach()));
  return result;
}

void Optimiser::append(NamedTensors& state, const std::string& prefix,
                       const std::vector<at::Tensor>& tensors) const {
  for (std::size_t i = 0; i < names_.size(); ++i) state.emplace_back(prefix + names_[i], tensors[i]);
}

std::unique_ptr<Optimiser> optimiser(const Module& module, const OptimiserOptions& options) {
  if (const auto* adam = std::get_if<ops::AdamOptions>(&options))
    return std::make_unique<Adam>(module, *adam);
  if (const auto* muon = std::get_if<ops::MuonOptions>(&options))
    return std::make_unique<Muon>(module, *muon);
  return std::make_unique<RmsProp>(module, std::get<ops::RmsPropOptions>(options));
}

double learning_rate(const OptimiserOptions& options) {
  return std::visit([](const auto& o) { return o.learning_rate; }, options);
}

std::string name_of(const OptimiserOptions& options) {
  if (std::holds_alternative<ops::AdamOptions>(options)) return "adam";
  return std::holds_alternative<ops::MuonOptions>(options) ? "muon" : "rmsprop";
}

}  // namespace pushforward::nn
