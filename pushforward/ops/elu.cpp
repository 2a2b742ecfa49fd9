#include "pushforward/ops/elu.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "pushforward/ops/elementwise.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

PF_SIMD_CLONES void elu_forward(const float* x, float* y, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float below = expf(x[i]) - 1.0F;
    y[i] = x[i] > 0.0F ? x[i] : below;
  }
}

PF_SIMD_CLONES void elu_backward(const float* grad, const float* y, float* out, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) out[i] = y[i] > 0.0F ? grad[i] : grad[i] * (y[i] + 1.0F);
}

struct Elu : torch::autograd::Function<Elu> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x) {
    auto y = at::empty_like(x);
    const auto* from = x.data_ptr<float>();
    auto* to = y.data_ptr<float>();
    in_pieces(x.numel(),
              [&](std::int64_t begin, std::int64_t size) { elu_forward(from + begin, to + begin, size); });
    ctx->save_for_backward({y});
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto y = ctx->get_saved_variables()[0];
    if (at::GradMode::is_enabled())  // A second derivative will be asked for.
      return {grads[0] * at::where(y > 0, at::ones_like(y), y + 1)};
    auto out = at::empty_like(y);
    const auto grad = laid_out_as(y, grads[0]);
    const auto *g = grad.data_ptr<float>(), *at_y = y.data_ptr<float>();
    auto* to = out.data_ptr<float>();
    in_pieces(y.numel(), [&](std::int64_t begin, std::int64_t size) {
      elu_backward(g + begin, at_y + begin, to + begin, size);
    });
    return {out};
  }
};

}  // namespace

at::Tensor reference::elu(const at::Tensor& x) {
  return at::elu(x);
}

at::Tensor elu(const at::Tensor& x) {
  if (!runs_here(x)) return reference::elu(x);
  return Elu::apply(x.is_non_overlapping_and_dense() ? x : x.contiguous());
}

}  // namespace pushforward::ops
