#include "pushforward/ops/leaky_relu.h"

#include <torch/csrc/autograd/custom_function.h>

#include "pushforward/core/error.h"
#include "pushforward/ops/elementwise.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

PF_SIMD_CLONES void forward(const float* x, float* y, float slope, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] > 0.0F ? x[i] : slope * x[i];
}

PF_SIMD_CLONES void backward(const float* grad, const float* y, float* out, float slope, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) out[i] = y[i] > 0.0F ? grad[i] : slope * grad[i];
}

/// grad ↦ grad·activation'(y): linear in grad, constant in y, so it is its own derivative.
struct Masked : torch::autograd::Function<Masked> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& grad, const at::Tensor& y, double slope) {
    ctx->save_for_backward({y});
    ctx->saved_data["slope"] = slope;
    auto out = at::empty_like(y);
    const auto alike = laid_out_as(out, grad);
    const auto *g = alike.data_ptr<float>(), *at_y = y.data_ptr<float>();
    auto* to = out.data_ptr<float>();
    in_pieces(y.numel(), [&](std::int64_t begin, std::int64_t size) {
      ops::backward(g + begin, at_y + begin, to + begin, static_cast<float>(slope), size);
    });
    return out;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    return {
        Masked::apply(grads[0], ctx->get_saved_variables()[0], ctx->saved_data["slope"].toDouble()), {}, {}};
  }
};

struct LeakyRelu : torch::autograd::Function<LeakyRelu> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, double slope) {
    auto y = at::empty_like(x);
    const auto* from = x.data_ptr<float>();
    auto* to = y.data_ptr<float>();
    in_pieces(x.numel(), [&](std::int64_t begin, std::int64_t size) {
      ops::forward(from + begin, to + begin, static_cast<float>(slope), size);
    });
    ctx->save_for_backward({y});
    ctx->saved_data["slope"] = slope;
    return y;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    // The sign of y is that of x; its values, which depend on x, do not matter.
    return {
        Masked::apply(grads[0], ctx->get_saved_variables()[0].detach(), ctx->saved_data["slope"].toDouble()),
        {}};
  }
};

}  // namespace

at::Tensor reference::leaky_relu(const at::Tensor& x, double slope) {
  return at::leaky_relu(x, slope);
}

at::Tensor leaky_relu(const at::Tensor& x, double slope) {
  PF_CHECK(slope >= 0, "[leaky_relu] expected a slope of at least 0, got {}", slope);
  if (!runs_here(x)) return reference::leaky_relu(x, slope);
  return LeakyRelu::apply(x.is_non_overlapping_and_dense() ? x : x.contiguous(), slope);
}

}  // namespace pushforward::ops
