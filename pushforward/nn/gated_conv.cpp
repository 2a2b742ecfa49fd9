#include "pushforward/nn/gated_conv.h"

#include "pushforward/core/error.h"
#include "pushforward/ops/elu.h"
#include "pushforward/ops/gated_sum.h"
#include "pushforward/ops/layout.h"

namespace pushforward::nn {

GatedConv::GatedConv(std::int64_t channels, std::int64_t kernel, at::Generator& init)
    : value_(register_module("value", std::make_shared<BiasedConv>(channels, channels, kernel, init))),
      gate_(register_module("gate", std::make_shared<BiasedConv>(channels, channels, 1, init))) {}

at::Tensor GatedConv::forward(const at::Tensor& x) const {
  const auto in = ops::elu(x);
  return ops::gated_sum(x, value_->without_bias(in), value_->bias, gate_->without_bias(in), gate_->bias);
}

GatedNet::GatedNet(const GatedNetOptions& options, at::Generator& init) {
  PF_CHECK(options.layers >= 1, "[gated net] expected at least one layer, got {}", options.layers);
  const auto hidden = options.hidden;
  first_ =
      register_module("first", std::make_shared<BiasedConv>(options.in + 2, hidden, options.kernel, init));
  for (std::int64_t i = 0; i < options.layers; ++i)
    layers_.push_back(
        register_module(std::to_string(i), std::make_shared<GatedConv>(hidden, options.kernel, init)));
  last_ = register_module("last", std::make_shared<BiasedConv>(hidden, options.out, 1, init));
  const at::NoGradGuard no_grad;
  last_->weight.mul_(0.01);
}

at::Tensor GatedNet::forward(const at::Tensor& x) const {
  auto hidden = first_->forward(with_coordinates(x));
  for (const auto& layer : layers_) hidden = layer->forward(hidden);
  return last_->forward(ops::elu(hidden));
}

double GatedNet::flop() const {
  double flop = first_->flop() + last_->flop();
  for (const auto& layer : layers_) flop += layer->flop();
  return flop;
}

at::Tensor with_coordinates(const at::Tensor& x) {
  const auto n = x.size(0), h = x.size(2), w = x.size(3);
  const auto rows = at::linspace(-1, 1, h, x.options()).view({1, 1, h, 1}).expand({n, 1, h, w});
  const auto columns = at::linspace(-1, 1, w, x.options()).view({1, 1, 1, w}).expand({n, 1, h, w});
  return ops::channels_last(at::cat({x, rows, columns}, 1));
}

}  // namespace pushforward::nn
