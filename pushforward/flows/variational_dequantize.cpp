#include "pushforward/flows/variational_dequantize.h"

#include <fmt/ranges.h>

#include <cmath>
#include <numbers>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/nn/random.h"
#include "pushforward/ops/layout.h"

namespace pushforward::flows {
namespace {

/// The standard deviation whose normal distribution σ makes most nearly uniform.
constexpr double first_deviation = 1.7;

/// ε for images like x [N, C, H, W].
at::Tensor noise(const at::Tensor& x, const Context& context) {
  auto shape = x.sizes().vec();
  if (context.generator) return nn::draw_normal(shape, 0, 1, *context.generator, x.options());
  shape[0] = 1;
  return nn::draw_normal(shape, 0, 1, nn::generator(stream_key(0, "dequantisation")), x.options())
      .expand(x.sizes());
}

}  // namespace

VariationalDequantize::VariationalDequantize(const VariationalDequantizeOptions& options, at::Generator& init)
    : channels_(options.channels),
      net_(register_module("net",
                           std::make_shared<nn::GatedNet>(nn::GatedNetOptions{.in = options.channels,
                                                                              .hidden = options.hidden,
                                                                              .out = 2 * options.channels,
                                                                              .layers = options.layers},
                                                          init))) {}

Transformed VariationalDequantize::forward(const at::Tensor& x, const Context& context) {
  const auto made = net_->forward(2 * x - 1).chunk(2, 1);
  const auto &mean = made[0], log_deviation = made[1] + std::log(first_deviation);
  const auto epsilon = noise(x, context);
  const auto v = mean + log_deviation.exp() * epsilon;
  // −log q(u) = ½ε² + ½ log 2π + log s + log σ'(v), elementwise.
  const auto log_slope = log_deviation + at::log_sigmoid(v) + at::log_sigmoid(-v);
  const auto terms = 0.5 * epsilon.square() + 0.5 * std::log(2 * std::numbers::pi) + log_slope;
  return {ops::laid_out((x * 255 + at::sigmoid(v)) / 256), ops::sum_by_example(terms)};
}

Event VariationalDequantize::output(const Event& in) const {
  PF_CHECK(in.size() == 3 && in[0] == channels_,
           "[variational dequantize] expected images of {} channels, got {}", channels_, in);
  return in;
}

double VariationalDequantize::forward_flop(const Event& in) const {
  return net_->flop() * static_cast<double>(in[1] * in[2]);
}

std::string VariationalDequantize::describe() const {
  return "variational dequantisation of 256 levels";
}

}  // namespace pushforward::flows
