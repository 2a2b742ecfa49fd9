#include "pushforward/ops/lipswish.h"

#include <torch/csrc/autograd/custom_function.h>

#include "pushforward/ops/elementwise.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr float scale = 1 / 1.1F;

/// With s = σ(bx), the slope f′(x) = (s + bx·s′)/1.1, s′ = s(1 − s).
inline float slope_of(float x, float s, float b) {
  return scale * (s + b * x * s * (1 - s));
}

PF_SIMD_CLONES void value_kernel(const float* x, const float* s, float* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = scale * x[i] * s[i];
}

/// out = g·f′(x).
PF_SIMD_CLONES void slope_kernel(const float* g, const float* x, const float* s, float b, float* out,
                                 std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = g[i] * slope_of(x[i], s[i], b);
}

/// Σ g·∂f/∂b, ∂f/∂b = x²s′/1.1.
PF_SIMD_CLONES float b_kernel(const float* g, const float* x, const float* s, std::int64_t n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) sum += g[i] * x[i] * x[i] * s[i] * (1 - s[i]);
  return scale * sum;
}

/// The derivative of v·g·f′(x): by g, v·f′; by x, v·g·(2b s′ + b²x s″)/1.1 with s″ = s′(1 − 2s); by b, which
/// is given, the sum of v·g·(2x s′ + bx²s″)/1.1.
PF_SIMD_CLONES float second_kernel(const float* v, const float* g, const float* x, const float* s, float b,
                                   float* by_g, float* by_x, std::int64_t n) {
  float by_b = 0;
#pragma omp simd reduction(+ : by_b)
  for (std::int64_t i = 0; i < n; ++i) {
    const float first = s[i] * (1 - s[i]), bend = 2 * first + b * x[i] * first * (1 - 2 * s[i]);
    const float both = scale * v[i] * g[i] * bend;
    by_g[i] = v[i] * slope_of(x[i], s[i], b);
    by_x[i] = b * both;
    by_b += x[i] * both;
  }
  return by_b;
}

/// g·f′(x), with s = σ(bx) given.
struct Slope : torch::autograd::Function<Slope> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& grad, const at::Tensor& x,
                            const at::Tensor& b, const at::Tensor& s) {
    const auto g = laid_out_as(x, grad);
    ctx->save_for_backward({g, x, b, s});
    auto out = at::empty_like(x);
    slope_kernel(g.data_ptr<float>(), x.data_ptr<float>(), s.data_ptr<float>(), b.item<float>(),
                 out.data_ptr<float>(), x.numel());
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &g = saved[0], &x = saved[1], &b = saved[2], &s = saved[3];
    if (at::GradMode::is_enabled()) {  // A third derivative will be asked for.
      const auto t = at::sigmoid(x * b), first = t * (1 - t);
      const auto bend = (2 * first + b * x * first * (1 - 2 * t)) / 1.1;
      return {grads[0] * (t + b * x * first) / 1.1, grads[0] * g * bend * b, (grads[0] * g * bend * x).sum(),
              at::Tensor()};
    }
    const auto v = laid_out_as(x, grads[0]);
    auto by_g = at::empty_like(x), by_x = at::empty_like(x);
    const float by_b =
        second_kernel(v.data_ptr<float>(), g.data_ptr<float>(), x.data_ptr<float>(), s.data_ptr<float>(),
                      b.item<float>(), by_g.data_ptr<float>(), by_x.data_ptr<float>(), x.numel());
    return {by_g, by_x, at::full_like(b, by_b), at::Tensor()};
  }
};

struct LipSwish : torch::autograd::Function<LipSwish> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& b) {
    const auto s = at::sigmoid(x * b);
    ctx->save_for_backward({x, b, s});
    auto y = at::empty_like(x);
    value_kernel(x.data_ptr<float>(), s.data_ptr<float>(), y.data_ptr<float>(), x.numel());
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &b = saved[1], &s = saved[2];
    const bool needs_x = ctx->needs_input_grad(0), needs_b = ctx->needs_input_grad(1);
    at::Tensor grad_x, grad_b;
    if (needs_x) grad_x = Slope::apply(grads[0], x, b, s);
    if (needs_b && at::GradMode::is_enabled()) {
      const auto t = at::sigmoid(x * b);
      grad_b = (grads[0] * x * x * t * (1 - t)).sum() / 1.1;
    } else if (needs_b) {
      const auto g = laid_out_as(x, grads[0]);
      grad_b = at::full_like(
          b, b_kernel(g.data_ptr<float>(), x.data_ptr<float>(), s.data_ptr<float>(), x.numel()));
    }
    return {grad_x, grad_b};
  }
};

}  // namespace

at::Tensor reference::lipswish(const at::Tensor& x, const at::Tensor& b) {
  return x * (at::sigmoid(x * b) / 1.1);
}

at::Tensor lipswish(const at::Tensor& x, const at::Tensor& b) {
  if (!runs_here(x) || !runs_here(b) || !x.is_non_overlapping_and_dense()) return reference::lipswish(x, b);
  return LipSwish::apply(x, b);
}

}  // namespace pushforward::ops
