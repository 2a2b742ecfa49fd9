#include "pushforward/flows/masked_mlp.h"

#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/flows/conditioner.h"

namespace pushforward::flows {
namespace {

/// [out, in]: 1 where a unit of degree `of_out` is connected to one of degree `of_in`.
at::Tensor mask(const at::Tensor& of_out, const at::Tensor& of_in) {
  return of_out.unsqueeze(1).ge(of_in.unsqueeze(0)).to(at::kFloat);
}

/// [N, a] and [N, b] → [N, a + b], feature-major.
at::Tensor beside(const at::Tensor& a, const at::Tensor& b) {
  return at::cat({a.t(), b.t()}, 0).t();
}

}  // namespace

MaskedMlp::MaskedMlp(const MaskedMlpOptions& options, at::Generator& init) : options_(options) {
  const auto dims = options.dims, numbers = options.numbers, hidden = options.hidden, depth = options.depth,
             condition = options.condition;
  PF_CHECK(dims > 0 && numbers > 0, "[masked_mlp] expected features and numbers for each, got {} and {}",
           dims, numbers);
  PF_CHECK(hidden > 0 && depth > 0, "[masked_mlp] expected hidden layers and units, got {} of {}", depth,
           hidden);
  PF_CHECK(condition >= 0, "[masked_mlp] expected a condition of 0 or more numbers, got {}", condition);
  const auto features = at::arange(1, dims + 1, at::kLong);
  const auto units = lowest() + at::arange(hidden, at::kLong).mul(dims - lowest()).floor_divide(hidden);
  auto in = at::cat({features, at::zeros({condition}, at::kLong)});
  for (std::int64_t i = 0; i <= depth; ++i) {
    const auto out = i < depth ? units : (features - 1).repeat({numbers});
    layers_.push_back(
        register_module(std::to_string(2 * i), std::make_shared<nn::Linear>(in.size(0), out.size(0), init)));
    masks_.push_back(mask(out, in));
    in = units;
  }
}

std::int64_t MaskedMlp::below(std::int64_t degree) const {
  const auto degrees = options_.dims - lowest(), from_lowest = std::max<std::int64_t>(degree - lowest(), 0);
  return std::min((from_lowest * options_.hidden + degrees - 1) / degrees, options_.hidden);
}

at::Tensor MaskedMlp::forward(const at::Tensor& x, const at::Tensor& condition) const {
  auto y = with_condition(x, condition);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const auto& weight = layers_[i]->weight;
    y = ops::linear(y, weight * masks_[i].to(weight.options().requires_grad(false)), layers_[i]->bias,
                    i + 1 < layers_.size() ? ops::Activation::relu : ops::Activation::identity);
  }
  return y;
}

std::string MaskedMlp::describe() const {
  return fmt::format("{}→{}{}", options_.dims + options_.condition, options_.hidden,
                     options_.depth > 1 ? fmt::format("×{}", options_.depth) : "");
}

MaskedMlp::Walk::Walk(const MaskedMlp& net, at::Tensor condition, const at::Tensor& like)
    : net_(net),
      condition_(std::move(condition)),
      known_(static_cast<std::size_t>(net.options_.depth), like.slice(1, 0, 0)) {}

at::Tensor MaskedMlp::Walk::next(const at::Tensor& x) {
  const auto dims = net_.options_.dims, numbers = net_.options_.numbers;
  const auto first = net_.below(step_), end = net_.below(step_ + 1);
  // What is read stands before what is not: of the features those before step_, of units those before `end`.
  auto in = with_condition(x, condition_);
  for (std::size_t i = 0; i < known_.size(); ++i) {
    const auto rows = net_.layers_[i]->weight.slice(0, first, end);
    const auto weight =
        i > 0 ? rows.slice(1, 0, end) : at::cat({rows.slice(1, 0, step_), rows.slice(1, dims)}, 1);
    if (first < end)
      known_[i] = beside(known_[i], ops::linear(in, weight, net_.layers_[i]->bias.slice(0, first, end),
                                                ops::Activation::relu));
    in = known_[i];
  }
  const auto& last = *net_.layers_.back();
  const auto weight = last.weight.unflatten(0, {numbers, dims}).select(1, step_).slice(1, 0, end);
  const auto bias = last.bias.unflatten(0, {numbers, dims}).select(1, step_);
  ++step_;
  return ops::linear(in, weight, bias);
}

}  // namespace pushforward::flows
