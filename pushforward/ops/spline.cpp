#include "pushforward/ops/spline.h"

#include <ATen/Parallel.h>
#include <fmt/ranges.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int bins = Spline::bins, numbers = Spline::parameters;
constexpr int lanes = 32;  // samples that are gone through together
constexpr float bound = Spline::bound, least_slope = Spline::least_slope, offset = Spline::offset,
                most_raw = Spline::most_raw;
constexpr float least_size = 2 * Spline::bound * Spline::least_share,
                free_size = 2 * Spline::bound * (1 - bins * Spline::least_share);

using Lane = float[lanes];

/// One feature of some samples, and what was made of it.
struct Block {
  Lane x, raw[numbers];
  Lane shares[2 * bins];     // by softmax, of widths and of heights
  Lane theta, index;         // place within the bin, and which bin
  Lane width, height, y;     // of the bin, and where it starts
  Lane left, right;          // slopes at its ends
  Lane raw_left, raw_right;  // what these are made of; offset included
};

/// p[k] = softmax over k of raw[k].
inline __attribute__((always_inline)) void softmax(const Lane* raw, Lane* p) {
  Lane most, sum;
  for (int i = 0; i < lanes; ++i) most[i] = raw[0][i], sum[i] = 0;
  for (int k = 1; k < bins; ++k)
#pragma omp simd
    for (int i = 0; i < lanes; ++i) most[i] = raw[k][i] > most[i] ? raw[k][i] : most[i];
  for (int k = 0; k < bins; ++k)
#pragma omp simd
    for (int i = 0; i < lanes; ++i) {
      p[k][i] = expf(raw[k][i] - most[i]);
      sum[i] += p[k][i];
    }
  for (int k = 0; k < bins; ++k)
#pragma omp simd
    for (int i = 0; i < lanes; ++i) p[k][i] /= sum[i];
}

/// least_slope + ln(1 + e^v), to full precision on both sides.
inline __attribute__((always_inline)) float slope_of(float v) {
  const float u = expf(v > 0 ? -v : v), w = 1 + u;
  const float log1p = logf(w) * (u / (w - 1));
  return least_slope + (w == 1 ? u : log1p) + (v > 0 ? v : 0.0F);
}

/// Finds the bin of each x, 0 in the place of those outside.
inline __attribute__((always_inline)) void locate(Block& b) {
  softmax(b.raw, b.shares);
  softmax(b.raw + bins, b.shares + bins);
  Lane start, end_x, end_y, within;
#pragma omp simd
  for (int i = 0; i < lanes; ++i) {
    within[i] = fabsf(b.x[i]) < bound ? b.x[i] : 0.0F;
    start[i] = end_x[i] = end_y[i] = b.y[i] = -bound;
    b.index[i] = b.width[i] = b.height[i] = 0;
    b.raw_left[i] = b.raw_right[i] = 0;
  }
  for (int k = 0; k < bins; ++k)
#pragma omp simd
    for (int i = 0; i < lanes; ++i) {
      const float width = least_size + free_size * b.shares[k][i];
      const float height = least_size + free_size * b.shares[bins + k][i];
      const bool reached = k == 0 || within[i] >= end_x[i];
      b.index[i] = reached ? static_cast<float>(k) : b.index[i];
      start[i] = reached ? end_x[i] : start[i];
      b.y[i] = reached ? end_y[i] : b.y[i];
      b.width[i] = reached ? width : b.width[i];
      b.height[i] = reached ? height : b.height[i];
      if (k > 0) b.raw_left[i] = reached ? b.raw[2 * bins + k - 1][i] : b.raw_left[i];
      if (k < bins - 1) b.raw_right[i] = reached ? b.raw[2 * bins + k][i] : b.raw_right[i];
      end_x[i] += width;
      end_y[i] += height;
    }
#pragma omp simd
  for (int i = 0; i < lanes; ++i) {
    const float theta = (within[i] - start[i]) / b.width[i];
    b.theta[i] = theta < 0 ? 0.0F : theta > 1 ? 1.0F : theta;
    b.raw_left[i] = b.raw_left[i] + offset > most_raw ? most_raw : b.raw_left[i] + offset;
    b.raw_right[i] = b.raw_right[i] + offset > most_raw ? most_raw : b.raw_right[i] + offset;
    const float left = slope_of(b.raw_left[i]), right = slope_of(b.raw_right[i]);
    b.left[i] = b.index[i] > 0 ? left : 1.0F;
    b.right[i] = b.index[i] < bins - 1 ? right : 1.0F;
  }
}

/// y and ln dy/dx.
PF_SIMD_CLONES void forward_block(Block& b, float* y, float* log_slope) {
  locate(b);
#pragma omp simd
  for (int i = 0; i < lanes; ++i) {
    const float t = b.theta[i], r = 1 - t, s = b.height[i] / b.width[i];
    const float rise = s * t * t + b.left[i] * t * r;
    const float below = s * (t * t + r * r) + (b.left[i] + b.right[i]) * t * r;
    const float above = b.right[i] * t * t + 2 * s * t * r + b.left[i] * r * r;
    const float ratio = s / below;
    const bool inside = fabsf(b.x[i]) < bound;
    y[i] = inside ? b.y[i] + b.height[i] * (rise / below) : b.x[i];
    log_slope[i] = inside ? logf(ratio) + logf(above / below * s) : 0.0F;
  }
}

/// From the gradients of y and of ln dy/dx to those of x and of the parameters.
PF_SIMD_CLONES void backward_block(Block& b, const float* dy, const float* dl, float* dx, Lane* draw) {
  locate(b);
  Lane d_start, d_width, d_y, d_height, d_left, d_right;
#pragma omp simd
  for (int i = 0; i < lanes; ++i) {
    const float t = b.theta[i], r = 1 - t, w = b.width[i], h = b.height[i], s = h / w;
    const float left = b.left[i], right = b.right[i], both = t * r, squares = t * t + r * r;
    const float rise = s * t * t + left * both;
    const float below = s * squares + (left + right) * both;
    const float above = right * t * t + 2 * s * both + left * r * r;
    const bool inside = fabsf(b.x[i]) < bound;
    const float gy = inside ? dy[i] : 0.0F, gl = inside ? dl[i] : 0.0F;
    const float share = rise / below, scale = h / below;
    const float d_theta =
        gy * (scale * (s / below) * above) + gl * (2 * (right * t + s * (r - t) - left * r) / above -
                                                   2 * (r - t) * (left + right - 2 * s) / below);
    const float d_s =
        gy * (scale * (t * t - share * squares)) + gl * (2 / s + 2 * both / above - 2 * squares / below);
    d_y[i] = gy;
    d_height[i] = gy * share + d_s / w;
    d_start[i] = -d_theta / w;
    d_width[i] = -(d_theta * t + d_s * s) / w;
    dx[i] = inside ? d_theta / w : dy[i];
    // Of softplus, and of a slope that is not at an end of the spline.
    const float of_left = gy * (scale * both * (1 - share)) + gl * (r * r / above - 2 * both / below);
    const float of_right = -gy * (scale * both * share) + gl * (t * t / above - 2 * both / below);
    const float free_left = of_left / (1 + expf(-b.raw_left[i])),
                free_right = of_right / (1 + expf(-b.raw_right[i]));
    d_left[i] = b.index[i] > 0 && b.raw_left[i] < most_raw ? free_left : 0.0F;
    d_right[i] = b.index[i] < bins - 1 && b.raw_right[i] < most_raw ? free_right : 0.0F;
  }
  // A size moves every bin behind it.
  for (int axis = 0; axis < 2; ++axis) {
    const Lane* p = b.shares + axis * bins;
    const float *d_from = axis == 0 ? d_start : d_y, *d_size = axis == 0 ? d_width : d_height;
    Lane mean;
    for (int i = 0; i < lanes; ++i) mean[i] = 0;
    for (int k = 0; k < bins; ++k)
#pragma omp simd
      for (int i = 0; i < lanes; ++i) {
        const float at = static_cast<float>(k);
        const float gradient = at < b.index[i] ? d_from[i] : at > b.index[i] ? 0.0F : d_size[i];
        draw[axis * bins + k][i] = gradient;
        mean[i] += p[k][i] * gradient;
      }
    for (int k = 0; k < bins; ++k)
#pragma omp simd
      for (int i = 0; i < lanes; ++i) {
        float& gradient = draw[axis * bins + k][i];
        gradient = free_size * p[k][i] * (gradient - mean[i]);
      }
  }
  for (int k = 0; k < bins - 1; ++k)
#pragma omp simd
    for (int i = 0; i < lanes; ++i) {
      const float at = static_cast<float>(k);
      draw[2 * bins + k][i] =
          (b.index[i] == at + 1 ? d_left[i] : 0.0F) + (b.index[i] == at ? d_right[i] : 0.0F);
    }
}

/// Some samples of a batch in rows [D, N].
struct Samples {
  std::int64_t n, features, begin;
  std::size_t count;

  void load(const float* rows, std::int64_t row, Lane& into) const {
    std::memcpy(into, rows + row * n + begin, count * sizeof(float));
    std::fill(into + count, into + lanes, 0.0F);
  }
  void store(const Lane& from, float* rows, std::int64_t row) const {
    std::memcpy(rows + row * n + begin, from, count * sizeof(float));
  }
  void load(const float* x, const float* raw, std::int64_t feature, Block& into) const {
    load(x, feature, into.x);
    for (int k = 0; k < numbers; ++k) load(raw, k * features + feature, into.raw[k]);
  }
};

/// Divides the samples among threads; each meets the same code on any number of them.
template <typename Body>
void for_samples(const at::Tensor& x, const Body& body) {
  const auto n = x.size(0);
  at::parallel_for(0, (n + lanes - 1) / lanes, 1, [&](std::int64_t first, std::int64_t last) {
    for (auto i = first; i < last; ++i)
      body(Samples{n, x.size(1), i * lanes,
                   static_cast<std::size_t>(std::min<std::int64_t>(lanes, n - i * lanes))});
  });
}

/// By the composed operations, whose graph has further derivatives.
variable_list composed_backward(const at::Tensor& x, const at::Tensor& raw, const variable_list& grads) {
  const auto [y, log_det] = reference::spline(x, raw);
  variable_list inputs, found(2);
  for (const auto& input : {x, raw})
    if (input.requires_grad()) inputs.push_back(input);
  const auto made = torch::autograd::grad({y, log_det}, inputs, grads, true, true);
  std::size_t next = 0;
  if (x.requires_grad()) found[0] = made[next++];
  if (raw.requires_grad()) found[1] = made[next];
  return found;
}

struct SplineFunction : torch::autograd::Function<SplineFunction> {
  static variable_list forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& raw) {
    auto y = empty_feature_major(x, x.size(0), x.size(1));
    auto log_det = at::empty({x.size(0)}, x.options().requires_grad(false));
    const auto *px = x.data_ptr<float>(), *praw = raw.data_ptr<float>();
    auto *py = y.data_ptr<float>(), *pld = log_det.data_ptr<float>();
    for_samples(x, [&](const Samples& samples) {
      Block block;
      Lane value, log_slope;
      double sums[lanes] = {};
      for (std::int64_t d = 0; d < samples.features; ++d) {
        samples.load(px, praw, d, block);
        forward_block(block, value, log_slope);
        samples.store(value, py, d);
        for (int i = 0; i < lanes; ++i) sums[i] += static_cast<double>(log_slope[i]);
      }
      for (std::size_t i = 0; i < samples.count; ++i)
        pld[samples.begin + static_cast<std::int64_t>(i)] = static_cast<float>(sums[i]);
    });
    ctx->save_for_backward({x, raw});
    return {y, log_det};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &raw = saved[1];
    if (at::GradMode::is_enabled()) return composed_backward(x, raw, grads);
    const auto dy = feature_major(grads[0]), dl = grads[1].contiguous();
    auto dx = empty_feature_major(x, x.size(0), x.size(1));
    auto draw = empty_feature_major(x, x.size(0), raw.size(1));
    const auto *px = x.data_ptr<float>(), *praw = raw.data_ptr<float>(), *pdy = dy.data_ptr<float>(),
               *pdl = dl.data_ptr<float>();
    auto *pdx = dx.data_ptr<float>(), *pdraw = draw.data_ptr<float>();
    for_samples(x, [&](const Samples& samples) {
      Block block;
      Lane of_y, of_log_slope, of_x, of_raw[numbers];
      samples.load(pdl, 0, of_log_slope);
      for (std::int64_t d = 0; d < samples.features; ++d) {
        samples.load(px, praw, d, block);
        samples.load(pdy, d, of_y);
        backward_block(block, of_y, of_log_slope, of_x, of_raw);
        samples.store(of_x, pdx, d);
        for (int k = 0; k < numbers; ++k) samples.store(of_raw[k], pdraw, k * samples.features + d);
      }
    });
    return {dx, draw};
  }
};

void check(const char* op, const at::Tensor& x, const at::Tensor& parameters) {
  PF_CHECK((x.dim() == 2 || x.dim() == 4) && parameters.dim() == x.dim() && parameters.size(0) == x.size(0) &&
               parameters.size(1) == numbers * x.size(1) && parameters.sizes().slice(2) == x.sizes().slice(2),
           "[{}] expected x [N, D] and parameters [N, {}·D], got {} and {}", op, numbers, x.sizes(),
           parameters.sizes());
}

}  // namespace

std::pair<at::Tensor, at::Tensor> spline(const at::Tensor& x, const at::Tensor& parameters) {
  check("spline", x, parameters);
  if (!is_fast(x) || !is_fast(parameters)) return reference::spline(x, parameters);
  auto result = SplineFunction::apply(feature_major(x), feature_major(parameters));
  return {result[0], result[1]};
}

std::pair<at::Tensor, at::Tensor> spline_inverse(const at::Tensor& y, const at::Tensor& parameters) {
  check("spline_inverse", y, parameters);
  return reference::spline_inverse(y, parameters);
}

}  // namespace pushforward::ops
