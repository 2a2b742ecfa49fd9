#include "pushforward/ops/affine.h"

#include <ATen/Parallel.h>
#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include <numeric>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// One feature, n samples; log_det is summed in float64.
PF_SIMD_CLONES void forward_row(const float* x, const float* raw, const float* t, float* y, float* s,
                                float* e, double* log_det, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    s[i] = tanhf(raw[i]);
    e[i] = expf(s[i]);
  }
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    y[i] = x[i] * e[i] + t[i];
    log_det[i] += static_cast<double>(s[i]);
  }
}

/// dx = dy·eˢ; dt = dy; draw = (dy·x·eˢ + d log_det)·(1 − s²).
PF_SIMD_CLONES void backward_row(const float* dy, const float* dld, const float* x, const float* s,
                                 const float* e, float* dx, float* draw, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    dx[i] = dy[i] * e[i];
    draw[i] = (dx[i] * x[i] + dld[i]) * (1.0F - s[i] * s[i]);
  }
}

/// Divides n samples among threads at multiples of 32: each sample meets the same vector code and each
/// log_det[n] is summed in the same order on any number of threads.
template <typename Body>
void for_samples(std::int64_t n, const Body& body) {
  constexpr std::int64_t block = 32;
  at::parallel_for(0, (n + block - 1) / block, 1, [&](std::int64_t begin, std::int64_t end) {
    body(begin * block, std::min(n, end * block));
  });
}

/// The result, and what its gradients need.
struct Made {
  at::Tensor y, log_det, s, e;
};

Made fast_forward(const at::Tensor& x, const at::Tensor& raw, const at::Tensor& t) {
  const auto n = x.size(0), d = x.size(1);
  Made made{.y = empty_feature_major(x, n, d),
            .log_det = at::empty({n}, x.options().requires_grad(false)),
            .s = empty_feature_major(x, n, d),
            .e = empty_feature_major(x, n, d)};
  const auto *px = x.data_ptr<float>(), *praw = raw.data_ptr<float>(), *pt = t.data_ptr<float>();
  auto *py = made.y.data_ptr<float>(), *ps = made.s.data_ptr<float>(), *pe = made.e.data_ptr<float>();
  auto* pld = made.log_det.data_ptr<float>();
  if (n == 1) {  // whose features lie as the samples of one feature do
    std::vector<double> parts(static_cast<std::size_t>(d), 0.0);
    forward_row(px, praw, pt, py, ps, pe, parts.data(), d);
    pld[0] = static_cast<float>(std::accumulate(parts.begin(), parts.end(), 0.0));
    return made;
  }
  for_samples(n, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> sum(static_cast<std::size_t>(end - begin), 0.0);
    for (std::int64_t at = begin; at < n * d; at += n)
      forward_row(px + at, praw + at, pt + at, py + at, ps + at, pe + at, sum.data(), end - begin);
    for (auto i = begin; i < end; ++i) pld[i] = static_cast<float>(sum[static_cast<std::size_t>(i - begin)]);
  });
  return made;
}

struct Affine : torch::autograd::Function<Affine> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& raw,
                               const at::Tensor& t) {
    const auto made = fast_forward(x, raw, t);
    ctx->save_for_backward({x, raw, made.s, made.e});
    return {made.y, made.log_det};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto& x = saved[0];
    if (at::GradMode::is_enabled()) {  // A second derivative will be asked for.
      const auto s = at::tanh(saved[1]);
      const auto dx = grads[0] * at::exp(s);
      return {dx, (dx * x + grads[1].unsqueeze(1)) * (1 - s * s), grads[0]};
    }
    const auto &s = saved[2], &e = saved[3];
    const auto dy = feature_major(grads[0]);
    const auto dld = grads[1].contiguous();
    const auto n = x.size(0), d = x.size(1);
    auto dx = empty_feature_major(x, n, d), draw = empty_feature_major(x, n, d);
    for_samples(n, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t at = begin; at < n * d; at += n)
        backward_row(dy.data_ptr<float>() + at, dld.data_ptr<float>() + begin, x.data_ptr<float>() + at,
                     s.data_ptr<float>() + at, e.data_ptr<float>() + at, dx.data_ptr<float>() + at,
                     draw.data_ptr<float>() + at, end - begin);
    });
    return {dx, draw, dy};
  }
};

void check(const char* op, const at::Tensor& x, const at::Tensor& raw_scale, const at::Tensor& shift) {
  PF_CHECK((x.dim() == 2 || x.dim() == 4) && raw_scale.sizes() == x.sizes() && shift.sizes() == x.sizes(),
           "[{}] expected x, scale and shift of one shape [N, D], got {}, {} and {}", op, x.sizes(),
           raw_scale.sizes(), shift.sizes());
}

}  // namespace

std::pair<at::Tensor, at::Tensor> reference::affine(const at::Tensor& x, const at::Tensor& raw_scale,
                                                    const at::Tensor& shift) {
  const auto s = at::tanh(raw_scale);
  return {x * at::exp(s) + shift, sum_by_example(s)};
}

std::pair<at::Tensor, at::Tensor> affine(const at::Tensor& x, const at::Tensor& raw_scale,
                                         const at::Tensor& shift) {
  check("affine", x, raw_scale, shift);
  if (!is_fast(x) || !is_fast(raw_scale) || !is_fast(shift)) return reference::affine(x, raw_scale, shift);
  if (!at::GradMode::is_enabled()) {
    const auto made = fast_forward(feature_major(x), feature_major(raw_scale), feature_major(shift));
    return {made.y, made.log_det};
  }
  auto result = Affine::apply(feature_major(x), feature_major(raw_scale), feature_major(shift));
  return {result[0], result[1]};
}

std::pair<at::Tensor, at::Tensor> affine_inverse(const at::Tensor& y, const at::Tensor& raw_scale,
                                                 const at::Tensor& shift) {
  check("affine_inverse", y, raw_scale, shift);
  const auto s = at::tanh(raw_scale);
  return {(y - shift) * at::exp(-s), -sum_by_example(s)};
}

}  // namespace pushforward::ops
