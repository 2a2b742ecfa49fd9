#include "pushforward/flows/lipschitz_net.h"

#include <fmt/ranges.h>

#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/nn/random.h"
#include "pushforward/ops/conv.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/linear.h"

namespace pushforward::flows {

/// An activation, or none, and the linear map behind it.
class LipschitzNet::Layer : public nn::Module {
 public:
  /// `kernel` 0: a matrix. Weights start as PyTorch's do, U(−b, b) with b = 1/√(fan-in).
  Layer(std::int64_t in, std::int64_t out, std::int64_t kernel, const nn::LipschitzActivation* activation,
        const LipschitzNetOptions& options, at::Generator& init)
      : activation_(activation) {
    const auto shape =
        kernel == 0 ? std::vector<std::int64_t>{out, in} : std::vector{out, in, kernel, kernel};
    const double bound = 1 / std::sqrt(static_cast<double>(in * std::max<std::int64_t>(1, kernel * kernel)));
    weight = register_parameter("weight", nn::draw_uniform(shape, -bound, bound, init));
    bias = register_parameter("bias", nn::draw_uniform({out}, -bound, bound, init));
    if (activation && activation->has_beta) beta = register_parameter("beta", at::full({}, 0.5));
    auto map = kernel == 0 ? nn::matrix_map(weight)
                           : nn::convolution_map(weight, options.event[1], options.event[2]);
    spectral_bound = register_module("spectral_bound", std::make_shared<nn::SpectralBound>(
                                                           std::move(map), weight, options.spectral, init));
  }

  at::Tensor forward(at::Tensor x, const at::Tensor& made) const {
    const auto type = x.scalar_type();
    if (activation_) x = activation_->apply(x, beta.defined() ? beta.to(type) : beta);
    if (x.dim() == 2) return ops::linear(x, made, bias.to(type));
    return ops::conv(x, made, {.padding = made.size(2) / 2}) + bias.to(type).view({1, -1, 1, 1});
  }

  at::Tensor weight, bias, beta;
  std::shared_ptr<nn::SpectralBound> spectral_bound;

 private:
  const nn::LipschitzActivation* activation_;
};

LipschitzNet::LipschitzNet(const LipschitzNetOptions& options, at::Generator& init) : options_(options) {
  const auto rank = options.event.size();
  PF_CHECK(rank == 1 || rank == 3, "[lipschitz net] expected events [D] or [C, H, W], got {}", options.event);
  PF_CHECK(options.hidden > 0, "[lipschitz net] expected at least one hidden unit, got {}", options.hidden);
  PF_CHECK(options.hidden_layers > 0, "[lipschitz net] expected at least one hidden layer, got {}",
           options.hidden_layers);
  const auto* activation = &nn::lipschitz_activation(options.activation);
  const auto last = options.hidden_layers, numbers = options.event[0];
  for (std::int64_t i = 0; i <= last; ++i) {
    const bool outer = i == 0 || i == last;
    const std::int64_t kernel = rank == 1 ? 0 : outer ? 3 : 1;
    layers_.push_back(register_module(
        std::to_string(i),
        std::make_shared<Layer>(i == 0 ? numbers : options.hidden, i == last ? numbers : options.hidden,
                                kernel, i > 0 || options.activates_input ? activation : nullptr, options,
                                init)));
  }
  if (options.condition > 0)
    condition_ =
        register_parameter("condition", nn::draw_normal({options.condition, options.hidden}, 0, 0.1, init));
  const at::NoGradGuard no_grad;
  layers_.back()->weight.zero_();
  layers_.back()->bias.zero_();
}

std::vector<at::Tensor> LipschitzNet::weights() const {
  std::vector<at::Tensor> all;
  for (const auto& layer : layers_) all.push_back((*layer->spectral_bound)(layer->weight));
  return all;
}

at::Tensor LipschitzNet::forward(const at::Tensor& x, const std::vector<at::Tensor>& weights,
                                 const at::Tensor& condition) const {
  PF_CHECK(condition.defined() == condition_.defined(), "[lipschitz net] expected {} condition",
           condition_.defined() ? "a" : "no");
  auto y = layers_.front()->forward(x, weights.front());
  if (condition_.defined()) {
    const auto offset = condition.to(x.scalar_type()).matmul(condition_.to(x.scalar_type()));
    y = ops::laid_out(y + (x.dim() == 2 ? offset : offset.unsqueeze(2).unsqueeze(3)));
  }
  for (std::size_t i = 1; i < layers_.size(); ++i) y = layers_[i]->forward(y, weights[i]);
  return ops::laid_out(y);
}

double LipschitzNet::lipschitz_bound(const std::vector<at::Tensor>& weights) const {
  double bound = 1;
  for (std::size_t i = 0; i < layers_.size(); ++i)
    bound *= nn::norm_bound(layers_[i]->spectral_bound->map(), weights[i]);
  return bound;
}

double LipschitzNet::lipschitz_goal() const {
  return std::pow(options_.spectral.bound, static_cast<double>(layers_.size()));
}

double LipschitzNet::forward_flop() const {
  const auto positions = options_.event.size() == 1 ? 1 : options_.event[1] * options_.event[2];
  double flop = 0;
  for (const auto& layer : layers_) flop += 2.0 * static_cast<double>(layer->weight.numel() * positions);
  return flop;
}

std::string LipschitzNet::describe() const {
  std::vector<std::int64_t> sizes{options_.event[0]};
  for (const auto& layer : layers_) sizes.push_back(layer->weight.size(0));
  return fmt::format("{}, {}", fmt::join(sizes, "→"), options_.activation);
}

}  // namespace pushforward::flows
