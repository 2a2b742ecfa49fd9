#include "pushforward/ops/gated_sum.h"

#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include "pushforward/core/error.h"
#include "pushforward/ops/blocks.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

PF_SIMD_CLONES void forward(const float* x, const float* value, const float* value_bias, const float* gate,
                            const float* gate_bias, std::int64_t pixels, std::int64_t c, float* y) {
  for (std::int64_t at = 0; at < pixels * c; at += c) {
#pragma omp simd
    for (std::int64_t i = 0; i < c; ++i) {
      const float open = 1.0F / (1.0F + expf(-(gate[at + i] + gate_bias[i])));
      y[at + i] = x[at + i] + (value[at + i] + value_bias[i]) * open;
    }
  }
}

/// value_sum and gate_sum [c] gain the sums of the gradients over these pixels.
PF_SIMD_CLONES void backward(const float* grad, const float* value, const float* value_bias,
                             const float* gate, const float* gate_bias, std::int64_t pixels, std::int64_t c,
                             float* grad_value, float* grad_gate, float* value_sum, float* gate_sum) {
  for (std::int64_t at = 0; at < pixels * c; at += c) {
#pragma omp simd
    for (std::int64_t i = 0; i < c; ++i) {
      const float open = 1.0F / (1.0F + expf(-(gate[at + i] + gate_bias[i])));
      const float to_value = grad[at + i] * open;
      const float to_gate = to_value * (value[at + i] + value_bias[i]) * (1.0F - open);
      grad_value[at + i] = to_value;
      grad_gate[at + i] = to_gate;
      value_sum[i] += to_value;
      gate_sum[i] += to_gate;
    }
  }
}

at::Tensor along(const at::Tensor& bias) {
  return bias.view({1, -1, 1, 1});
}

struct GatedSum : torch::autograd::Function<GatedSum> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& value,
                            const at::Tensor& value_bias, const at::Tensor& gate,
                            const at::Tensor& gate_bias) {
    ctx->save_for_backward({value, value_bias, gate, gate_bias});
    auto y = at::empty_like(x);
    const auto c = x.size(1);
    for_blocks(x.numel() / c, [&](std::int64_t, std::int64_t begin, std::int64_t pixels) {
      const auto at = begin * c;
      ops::forward(x.data_ptr<float>() + at, value.data_ptr<float>() + at, value_bias.data_ptr<float>(),
                   gate.data_ptr<float>() + at, gate_bias.data_ptr<float>(), pixels, c,
                   y.data_ptr<float>() + at);
    });
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &value = saved[0], &value_bias = saved[1], &gate = saved[2], &gate_bias = saved[3];
    if (at::GradMode::is_enabled()) {  // A second derivative will be asked for.
      const auto open = at::sigmoid(gate + along(gate_bias));
      const auto to_value = grads[0] * open;
      const auto to_gate = to_value * (value + along(value_bias)) * (1 - open);
      return {grads[0], to_value, to_value.sum({0, 2, 3}), to_gate, to_gate.sum({0, 2, 3})};
    }
    const auto grad = channels_last(grads[0]);
    auto grad_value = at::empty_like(value), grad_gate = at::empty_like(gate);
    const auto c = value.size(1), pixels = value.numel() / c;
    const auto sums = at::zeros({2, blocks_of(pixels), c}, value.options());
    for_blocks(pixels, [&](std::int64_t block, std::int64_t begin, std::int64_t size) {
      const auto at = begin * c;
      ops::backward(grad.data_ptr<float>() + at, value.data_ptr<float>() + at, value_bias.data_ptr<float>(),
                    gate.data_ptr<float>() + at, gate_bias.data_ptr<float>(), size, c,
                    grad_value.data_ptr<float>() + at, grad_gate.data_ptr<float>() + at,
                    sums.data_ptr<float>() + block * c, sums[1].data_ptr<float>() + block * c);
    });
    const auto total = sums.sum(1);
    return {grad, grad_value, total[0], grad_gate, total[1]};
  }
};

}  // namespace

at::Tensor reference::gated_sum(const at::Tensor& x, const at::Tensor& value, const at::Tensor& value_bias,
                                const at::Tensor& gate, const at::Tensor& gate_bias) {
  return x + (value + along(value_bias)) * at::sigmoid(gate + along(gate_bias));
}

at::Tensor gated_sum(const at::Tensor& x, const at::Tensor& value, const at::Tensor& value_bias,
                     const at::Tensor& gate, const at::Tensor& gate_bias) {
  PF_CHECK(x.dim() == 4 && value.sizes() == x.sizes() && gate.sizes() == x.sizes(),
           "[gated_sum] expected x, value and gate of one shape [N, C, H, W], got {}, {} and {}", x.sizes(),
           value.sizes(), gate.sizes());
  const at::IntArrayRef channels = x.sizes().slice(1, 1);
  PF_CHECK(value_bias.sizes() == channels && gate_bias.sizes() == channels,
           "[gated_sum] expected biases {}, got {} and {}", channels, value_bias.sizes(), gate_bias.sizes());
  for (const auto& one : {x, value, value_bias, gate, gate_bias})
    if (!runs_here(one)) return reference::gated_sum(x, value, value_bias, gate, gate_bias);
  return GatedSum::apply(channels_last(x), channels_last(value), value_bias.contiguous(), channels_last(gate),
                         gate_bias.contiguous());
}

}  // namespace pushforward::ops
