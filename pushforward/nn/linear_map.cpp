#include "pushforward/nn/linear_map.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/nn/random.h"
#include "pushforward/ops/conv.h"
#include "pushforward/ops/precision.h"

namespace pushforward::nn {
namespace {

constexpr double shortest = 1e-12;  // A vector shorter than this has no direction.

std::int64_t count_of(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const auto length : shape) count *= length;
  return count;
}

/// Makes `vector` the direction of x and gives x's length.
at::Tensor take_direction(at::Tensor& vector, const at::Tensor& x) {
  const auto length = at::linalg_vector_norm(x);
  vector.copy_(at::where(length > shortest, x / length.clamp_min(shortest), vector));
  return length;
}

/// The largest Ritz value of WᵀW or WWᵀ, whichever is smaller, over the Krylov space of a random vector, and
/// whether that space holds all that there is.
struct Ritz {
  double value = 0;
  bool exact = false;
};

Ritz largest_ritz_value(const LinearMap& map, const at::Tensor& weight, std::int64_t n, std::int64_t steps) {
  const bool narrow = count_of(map.in) == n;
  const auto square = [&](const at::Tensor& q) {
    const auto x = q.view(narrow ? map.in : map.out);
    return (narrow ? map.transpose(weight, map.apply(weight, x))
                   : map.apply(weight, map.transpose(weight, x)))
        .reshape(-1);
  };
  auto basis = at::zeros({steps, n}, weight.options()), images = at::zeros_like(basis);
  auto init = generator(stream_key(0, "lanczos"));
  auto q = random_unit({n}, init, weight.options());
  std::int64_t size = 0;
  while (size < steps) {
    basis[size].copy_(q);
    auto next = square(q);
    images[size].copy_(next);
    ++size;
    const auto spanned = basis.slice(0, 0, size);
    const double length = next.norm().item<double>();
    for (int twice = 0; twice < 2; ++twice) next = next - spanned.t().mv(spanned.mv(next));
    const double rest = next.norm().item<double>();
    if (rest <= 1e-6 * length) break;
    q = next / rest;
  }
  const auto projected = basis.slice(0, 0, size).mm(images.slice(0, 0, size).t()).to(at::kDouble);
  const auto values = at::linalg_eigvalsh((projected + projected.t()) / 2);
  return {std::max(0.0, values[-1].item<double>()), size < steps || size == n};
}

}  // namespace

LinearMap matrix_map(const at::Tensor& weight) {
  PF_CHECK(weight.dim() >= 2 && weight.numel() > 0, "[matrix map] expected a weight [out, in, …], got {}",
           weight.sizes());
  return {.in = {weight.numel() / weight.size(0)},
          .out = {weight.size(0)},
          .apply = [](const auto& w, const auto& x) { return w.flatten(1).mv(x); },
          .transpose = [](const auto& w, const auto& y) { return w.flatten(1).t().mv(y); },
          .is_matrix = true};
}

LinearMap convolution_map(const at::Tensor& weight, std::int64_t height, std::int64_t width) {
  PF_CHECK(weight.dim() == 4 && weight.size(2) == weight.size(3) && weight.size(2) % 2 == 1,
           "[convolution map] expected a weight [O, C, k, k] of odd k, got {}", weight.sizes());
  if (weight.size(2) == 1) return matrix_map(weight);
  const ops::ConvOptions options{.padding = weight.size(2) / 2};
  // A norm that is rounded bounds nothing.
  const auto in_float32 = [=](const auto& convolve) {
    return [=](const at::Tensor& w, const at::Tensor& x) {
      const ops::UsePrecision use(ops::Precision::float32);
      return convolve(x, w, options);
    };
  };
  return {.in = {1, weight.size(1), height, width},
          .out = {1, weight.size(0), height, width},
          .apply = in_float32([](const auto& x, const auto& w, const auto& o) { return ops::conv(x, w, o); }),
          .transpose = in_float32(
              [](const auto& y, const auto& w, const auto& o) { return ops::conv_transpose(y, w, o); })};
}

at::Tensor random_unit(const std::vector<std::int64_t>& shape, at::Generator& init,
                       const at::TensorOptions& options) {
  const auto x = draw_normal(shape, 0, 1, init, options);
  return x / at::linalg_vector_norm(x);
}

at::Tensor power_step(const LinearMap& map, const at::Tensor& weight, at::Tensor& u, at::Tensor& v) {
  take_direction(v, map.transpose(weight, u));
  return take_direction(u, map.apply(weight, v));
}

double norm_bound(const LinearMap& map, const at::Tensor& weight) {
  const at::NoGradGuard no_grad;
  if (!at::isfinite(weight).all().item<bool>()) return std::numeric_limits<double>::quiet_NaN();
  if (map.is_matrix) {
    constexpr double rounding = 1e-12;
    return at::linalg_svdvals(weight.flatten(1).to(at::kDouble))[0].item<double>() * (1 + rounding);
  }
  constexpr std::int64_t steps = 100;
  constexpr double probability = 1e-6;
  const auto n = std::min(count_of(map.in), count_of(map.out));
  const auto found = largest_ritz_value(map, weight, n, std::min(n, steps));
  const double root = std::log(1.648 * std::sqrt(static_cast<double>(n)) / probability) / (2 * steps - 1);
  const double epsilon = found.exact ? 0 : root * root;
  const double rounding = 100 * (weight.scalar_type() == at::kFloat ? std::numeric_limits<float>::epsilon()
                                                                    : std::numeric_limits<double>::epsilon());
  return std::sqrt(found.value / (1 - epsilon)) * (1 + rounding);
}

}  // namespace pushforward::nn
