#include "pushforward/ops/gate.h"

#include <fmt/ranges.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "pushforward/core/error.h"
#include "pushforward/ops/blocks.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Pixels of 2c numbers → pixels of c. `plus` may be null.
PF_SIMD_CLONES void forward(const float* x, const float* bias, const float* plus, std::int64_t pixels,
                            std::int64_t c, float* y) {
  for (std::int64_t p = 0; p < pixels; ++p) {
    const float* row = x + p * 2 * c;
    float* to = y + p * c;
#pragma omp simd
    for (std::int64_t i = 0; i < c; ++i)
      to[i] = tanhf(row[i] + bias[i]) / (1.0F + expf(-row[c + i] - bias[c + i]));
    if (plus == nullptr) continue;
#pragma omp simd
    for (std::int64_t i = 0; i < c; ++i) to[i] += plus[p * c + i];
  }
}

/// Adds the bias's gradient to dbias.
PF_SIMD_CLONES void backward(const float* grad, const float* x, const float* bias, std::int64_t pixels,
                             std::int64_t c, float* dx, float* dbias) {
  for (std::int64_t p = 0; p < pixels; ++p) {
    const float *row = x + p * 2 * c, *from = grad + p * c;
    float* to = dx + p * 2 * c;
#pragma omp simd
    for (std::int64_t i = 0; i < c; ++i) {
      const float t = tanhf(row[i] + bias[i]);
      const float s = 1.0F / (1.0F + expf(-row[c + i] - bias[c + i]));
      const float of_t = from[i] * s * (1.0F - t * t), of_s = from[i] * t * s * (1.0F - s);
      to[i] = of_t;
      to[c + i] = of_s;
      dbias[i] += of_t;
      dbias[c + i] += of_s;
    }
  }
}

struct Gate : torch::autograd::Function<Gate> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& bias,
                            const at::TensorList& plus) {
    const auto c = x.size(1) / 2;
    auto y = at::empty({x.size(0), c, x.size(2), x.size(3)}, x.options().requires_grad(false),
                       at::MemoryFormat::ChannelsLast);
    const auto *from = x.data_ptr<float>(), *b = bias.data_ptr<float>(),
               *more = plus.empty() ? nullptr : plus.front().data_ptr<float>();
    auto* to = y.data_ptr<float>();
    for_blocks(y.numel() / c, [&](std::int64_t, std::int64_t begin, std::int64_t pixels) {
      ops::forward(from + begin * 2 * c, b, more == nullptr ? nullptr : more + begin * c, pixels, c,
                   to + begin * c);
    });
    ctx->save_for_backward({x, bias});
    ctx->saved_data["adds"] = !plus.empty();
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &bias = saved[1];
    const auto to_plus = ctx->saved_data["adds"].toBool() ? grads[0] : at::Tensor();
    if (at::GradMode::is_enabled()) {  // A second derivative will be asked for.
      const auto parts = (x + bias.view({1, -1, 1, 1})).chunk(2, 1);
      const auto t = at::tanh(parts[0]), s = at::sigmoid(parts[1]);
      const auto dx = at::cat({grads[0] * s * (1 - t * t), grads[0] * t * s * (1 - s)}, 1);
      return {dx, dx.sum({0, 2, 3}), to_plus};
    }
    const auto grad = channels_last(grads[0]);
    const auto c = x.size(1) / 2;
    auto dx = at::empty_like(x, at::MemoryFormat::ChannelsLast);
    const auto *g = grad.data_ptr<float>(), *from = x.data_ptr<float>(), *b = bias.data_ptr<float>();
    const auto pixels = grad.numel() / c;
    const auto sums = at::zeros({blocks_of(pixels), 2 * c}, x.options());
    auto *to = dx.data_ptr<float>(), *sum = sums.data_ptr<float>();
    for_blocks(pixels, [&](std::int64_t block, std::int64_t begin, std::int64_t size) {
      ops::backward(g + begin * c, from + begin * 2 * c, b, size, c, to + begin * 2 * c, sum + block * 2 * c);
    });
    return {dx, sums.sum(0), to_plus};
  }
};

}  // namespace

at::Tensor reference::gate(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& plus) {
  const auto parts = (x + bias.view({1, -1, 1, 1})).chunk(2, 1);
  const auto y = at::tanh(parts[0]) * at::sigmoid(parts[1]);
  return plus.defined() ? plus + y : y;
}

at::Tensor gate(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& plus) {
  PF_CHECK(x.dim() == 4 && x.size(1) % 2 == 0 && bias.dim() == 1 && bias.size(0) == x.size(1),
           "[gate] expected x [N, 2C, H, W] and a bias [2C], got {} and {}", x.sizes(), bias.sizes());
  PF_CHECK(!plus.defined() || (plus.dim() == 4 && plus.size(0) == x.size(0) &&
                               2 * plus.size(1) == x.size(1) && plus.sizes().slice(2) == x.sizes().slice(2)),
           "[gate] expected half of x's channels to add to, got {} for x {}", plus.sizes(), x.sizes());
  if (!runs_here(x) || !runs_here(bias) || (plus.defined() && !runs_here(plus)))
    return reference::gate(x, bias, plus);
  const auto added = none_or_one(plus.defined() ? channels_last(plus) : plus);
  return Gate::apply(channels_last(x), bias.contiguous(), at::TensorList(added));
}

}  // namespace pushforward::ops
