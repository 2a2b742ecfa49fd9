#include "pushforward/ops/biased_relu.h"

#include <ATen/core/grad_mode.h>
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

PF_SIMD_CLONES void biased_relu_forward(float* x, const float* bias, std::int64_t pixels, std::int64_t c) {
  for (std::int64_t at = 0; at < pixels * c; at += c) {
#pragma omp simd
    for (std::int64_t i = 0; i < c; ++i) {
      const float value = x[at + i] + bias[i];
      x[at + i] = value < 0.0F ? 0.0F : value;
    }
  }
}

/// sum [c] gains the sums of grad_x over these pixels.
PF_SIMD_CLONES void biased_relu_backward(const float* grad, const float* y, std::int64_t pixels,
                                         std::int64_t c, float* grad_x, float* sum) {
  for (std::int64_t at = 0; at < pixels * c; at += c) {
#pragma omp simd
    for (std::int64_t i = 0; i < c; ++i) {
      const float value = y[at + i] > 0.0F ? grad[at + i] : 0.0F;
      grad_x[at + i] = value;
      sum[i] += value;
    }
  }
}

struct BiasedRelu : torch::autograd::Function<BiasedRelu> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& bias) {
    const auto c = x.size(1);
    const auto* b = bias.data_ptr<float>();
    auto* numbers = x.data_ptr<float>();
    for_blocks(x.numel() / c, [&](std::int64_t, std::int64_t begin, std::int64_t pixels) {
      biased_relu_forward(numbers + begin * c, b, pixels, c);
    });
    ctx->mark_dirty({x});
    ctx->save_for_backward({x});
    return x;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto y = ctx->get_saved_variables()[0];
    if (at::GradMode::is_enabled()) {  // A second derivative will be asked for.
      const auto grad = grads[0] * (y > 0);
      return {grad, grad.sum({0, 2, 3})};
    }
    const auto grad = channels_last(grads[0]);
    auto grad_x = at::empty_like(y);
    const auto c = y.size(1), pixels = y.numel() / c;
    const auto sums = at::zeros({blocks_of(pixels), c}, y.options());
    const auto *g = grad.data_ptr<float>(), *at_y = y.data_ptr<float>();
    auto *to = grad_x.data_ptr<float>(), *sum = sums.data_ptr<float>();
    for_blocks(pixels, [&](std::int64_t block, std::int64_t begin, std::int64_t size) {
      biased_relu_backward(g + begin * c, at_y + begin * c, size, c, to + begin * c, sum + block * c);
    });
    return {grad_x, sums.sum(0)};
  }
};

}  // namespace

at::Tensor reference::biased_relu(const at::Tensor& x, const at::Tensor& bias) {
  return at::relu(x + bias.view({1, -1, 1, 1}));
}

at::Tensor biased_relu_(const at::Tensor& x, const at::Tensor& bias) {
  PF_CHECK(x.dim() == 4 && bias.dim() == 1 && bias.size(0) == x.size(1),
           "[biased_relu] expected x [N, C, H, W] and a bias [C], got {} and {}", x.sizes(), bias.sizes());
  if (!runs_here(x) || !runs_here(bias) || x.numel() == 0) return reference::biased_relu(x, bias);
  return BiasedRelu::apply(channels_last(x), bias.contiguous());
}

}  // namespace pushforward::ops
