#include "pushforward/ops/linear.h"

#include <ATen/Parallel.h>
#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <bit>
#include <memory>

#include "pushforward/core/error.h"
#include "pushforward/ops/constant_weights.h"
#include "pushforward/ops/gemm.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/precision.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// y[n] = activation(y[n] + bias) along one feature's n samples.
PF_SIMD_CLONES void add_bias(float* y, std::int64_t n, float bias, bool relu) {
  if (relu) {
    for (std::int64_t i = 0; i < n; ++i) {
      const float value = y[i] + bias;
      y[i] = value < 0.0F ? 0.0F : value;  // Keeps a NaN a NaN.
    }
  } else {
    for (std::int64_t i = 0; i < n; ++i) y[i] += bias;
  }
}

/// masked[n] = grad[n] where y[n] > 0, else 0; returns its sum.
PF_SIMD_CLONES float relu_backward(const float* grad, const float* y, float* masked, std::int64_t n) {
  float sum = 0.0F;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) {
    const float value = y[i] > 0.0F ? grad[i] : 0.0F;
    masked[i] = value;
    sum += value;
  }
  return sum;
}

PF_SIMD_CLONES float sum_of(const float* values, std::int64_t n) {
  float sum = 0.0F;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) sum += values[i];
  return sum;
}

/// A matrix that lies row by row, as this thread's products take it: itself, or memory for its roundings.
at::Tensor operand_like(const at::Tensor& matrix) {
  if (precision() == Precision::float32) return matrix;
  return at::empty(matrix.sizes(), matrix.options().dtype(at::kBFloat16).requires_grad(false));
}

/// Rounds rows [begin, end) to an operand that is not the matrix itself.
void round_rows(const at::Tensor& matrix, const at::Tensor& operand, std::int64_t begin, std::int64_t end) {
  if (operand.scalar_type() != at::kBFloat16) return;
  const auto columns = matrix.size(1);
  round_to_bfloat16(matrix.data_ptr<float>() + begin * columns, (end - begin) * columns,
                    operand.data_ptr<at::BFloat16>() + begin * columns);
}

void round_all(const at::Tensor& matrix, const at::Tensor& operand) {
  if (operand.scalar_type() != at::kBFloat16) return;
  round_all_to_bfloat16(matrix.data_ptr<float>(), matrix.numel(), operand.data_ptr<at::BFloat16>());
}

/// A matrix as this thread's products take it.
at::Tensor rounded(const at::Tensor& matrix) {
  const auto operand = operand_like(matrix);
  round_all(matrix, operand);
  return operand;
}

Matrix matrix_of(const at::Tensor& operand) {
  return {operand.data_ptr(), operand.scalar_type(), operand.size(0), operand.size(1), operand.size(1)};
}

/// A product and its operands.
struct Made {
  at::Tensor y, columns, weight;
};

Made fast_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool relu,
                  const at::Tensor& rounded_weight = {}) {
  const auto n = x.size(0), out = weight.size(0);
  const bool is_rounded = rounded_weight.defined();
  Made made{empty_feature_major(x, n, out), rounded(x.t()),
            is_rounded ? rounded_weight : operand_like(weight)};
  auto* data = made.y.data_ptr<float>();
  const auto* b = bias.data_ptr<float>();
  const auto prepare = [&](std::int64_t begin, std::int64_t end) {
    if (!is_rounded) round_rows(weight, made.weight, begin, end);
  };
  const auto finish = [=](std::int64_t begin, std::int64_t end) {
    for (auto row = begin; row < end; ++row) add_bias(data + row * n, n, b[row], relu);
  };
  gemm(matrix_of(made.weight), matrix_of(made.columns), data, {.before = prepare, .after = finish});
  return made;
}

inline float widened(float number) {
  return number;
}
/// Of bfloat16 as bits: the upper half of float32's.
inline float widened(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// y = W x for some rows of W [rows, k], which is read at the speed of memory: four rows at a time, so that
/// no sum waits for itself.
template <typename Bits>
[[gnu::always_inline]] inline void by_rows(const Bits* w, const float* x, std::int64_t rows, std::int64_t k,
                                           float* y) {
  std::int64_t row = 0;
  for (; row + 4 <= rows; row += 4, w += 4 * k) {
    float a = 0, b = 0, c = 0, d = 0;
#pragma omp simd reduction(+ : a, b, c, d)
    for (std::int64_t i = 0; i < k; ++i) {
      a += widened(w[i]) * x[i];
      b += widened(w[k + i]) * x[i];
      c += widened(w[2 * k + i]) * x[i];
      d += widened(w[3 * k + i]) * x[i];
    }
    y[row] = a;
    y[row + 1] = b;
    y[row + 2] = c;
    y[row + 3] = d;
  }
  for (; row < rows; ++row, w += k) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < k; ++i) sum += widened(w[i]) * x[i];
    y[row] = sum;
  }
}
PF_SIMD_CLONES void multiply_rows(const float* w, const float* x, std::int64_t rows, std::int64_t k,
                                  float* y) {
  by_rows(w, x, rows, k, y);
}
PF_SIMD_CLONES void multiply_rows(const std::uint16_t* w, const float* x, std::int64_t rows, std::int64_t k,
                                  float* y) {
  by_rows(w, x, rows, k, y);
}
/// y = activation(y + bias), a number each.
PF_SIMD_CLONES void add_biases(float* y, const float* bias, std::int64_t n, bool relu) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float value = y[i] + bias[i];
    y[i] = relu && value < 0.0F ? 0.0F : value;
  }
}

/// Of one example: each row of the weight is read once, which is all that it takes. The weight and x are in
/// float32 or in bfloat16.
template <typename Bits>
at::Tensor of_one_example(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool relu) {
  const auto out = weight.size(0), in = weight.size(1);
  const auto y = empty_feature_major(bias.view({1, out}), 1, out);
  const auto vector = x.to(at::kFloat);
  const auto *from = vector.data_ptr<float>(), *b = bias.data_ptr<float>();
  const auto* w = static_cast<const Bits*>(weight.data_ptr());
  auto* to = y.data_ptr<float>();
  constexpr std::int64_t some = 1 << 16;  // numbers of W that a second thread is worth waking for
  at::parallel_for(0, out, some / std::max<std::int64_t>(in, 1) + 1,
                   [=](std::int64_t begin, std::int64_t end) {
                     multiply_rows(w + begin * in, from, end - begin, in, to + begin);
                     add_biases(to + begin, b + begin, end - begin, relu);
                   });
  return y;
}

/// Without gradients.
at::Tensor inferred(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool relu) {
  const bool one = x.size(0) == 1;
  if (precision() == Precision::float32)
    return one ? of_one_example<float>(x, weight, bias, relu) : fast_forward(x, weight, bias, relu).y;
  auto* kept = constant_weights(weight);
  const auto make = [&] { return std::make_shared<const at::Tensor>(rounded(weight)); };
  const auto operand = kept != nullptr ? *kept->once<at::Tensor>(weight, make)
                       : one           ? rounded(weight)
                                       : at::Tensor();
  return one ? of_one_example<std::uint16_t>(rounded(x), operand, bias, relu)
             : fast_forward(x, weight, bias, relu, operand).y;
}

/// a bᵀ, differentiable any number of times by the kernel of this file.
at::Tensor product(const at::Tensor& a, const at::Tensor& b) {
  return linear(a, b, at::zeros({b.size(0)}, a.options()));
}

struct Linear : torch::autograd::Function<Linear> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, bool relu) {
    const auto made = fast_forward(x, weight, bias, relu);
    const bool rounds = precision() == Precision::bfloat16;
    const auto if_rounded = [&](const at::Tensor& operand) { return rounds ? operand : at::Tensor(); };
    ctx->saved_data["relu"] = relu;
    ctx->save_for_backward(
        {x, weight, relu ? made.y : at::Tensor(), if_rounded(made.columns), if_rounded(made.weight)});
    return made.y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1], &y = saved[2];
    const bool relu = ctx->saved_data["relu"].toBool(), rounds = saved[3].defined();
    const UsePrecision same_precision(rounds ? Precision::bfloat16 : Precision::float32);
    const bool needs_x = ctx->needs_input_grad(0);
    const bool needs_parameters = ctx->needs_input_grad(1) || ctx->needs_input_grad(2);
    if (at::GradMode::is_enabled()) {  // A second derivative will be asked for.
      const auto grad = relu ? grads[0] * (y > 0) : grads[0];
      return {needs_x ? product(grad, weight.t()) : at::Tensor(),
              needs_parameters ? product(grad.t(), x.t()) : at::Tensor(),
              needs_parameters ? grad.sum(0) : at::Tensor(), at::Tensor()};
    }

    const auto grad = feature_major(grads[0]);
    const auto n = x.size(0), in = weight.size(1), out = weight.size(0);
    const auto masked = relu ? empty_feature_major(grad, n, out) : grad;
    const auto rows = masked.t(), operand = operand_like(rows);
    const auto *g = grad.data_ptr<float>(), *py = relu ? y.data_ptr<float>() : nullptr;
    auto* m = masked.data_ptr<float>();
    at::Tensor grad_weight, grad_bias;
    if (needs_parameters) {
      grad_bias = at::empty({out}, weight.options().requires_grad(false));
      grad_weight = at::empty({out, in}, weight.options().requires_grad(false));
      auto* db = grad_bias.data_ptr<float>();
      const auto mask = [=](std::int64_t begin, std::int64_t end) {
        for (auto row = begin; row < end; ++row) {
          const auto at = row * n;
          db[row] = relu ? relu_backward(g + at, py + at, m + at, n) : sum_of(g + at, n);
        }
        round_rows(rows, operand, begin, end);
      };
      gemm(matrix_of(operand), transposed(matrix_of(rounds ? saved[3] : x.t())),
           grad_weight.data_ptr<float>(), {.before = mask});
    } else {
      for (std::int64_t row = 0; relu && row < out; ++row)
        relu_backward(g + row * n, py + row * n, m + row * n, n);
      round_all(rows, operand);
    }

    at::Tensor grad_x;
    if (needs_x) {
      grad_x = empty_feature_major(x, n, in);
      gemm(transposed(matrix_of(rounds ? saved[4] : weight)), matrix_of(operand), grad_x.data_ptr<float>());
    }
    return {grad_x, grad_weight, grad_bias, at::Tensor()};
  }
};

}  // namespace

at::Tensor reference::linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                             Activation activation) {
  const auto y = at::addmm(bias, x, weight.t());
  return activation == Activation::relu ? at::relu(y) : y;
}

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                  Activation activation) {
  PF_CHECK(x.dim() == 2 && weight.dim() == 2 && x.size(1) == weight.size(1),
           "[linear] expected x [N, {}], got {}", weight.size(-1), x.sizes());
  PF_CHECK(bias.dim() == 1 && bias.size(0) == weight.size(0), "[linear] expected bias [{}], got {}",
           weight.size(0), bias.sizes());
  if (!is_fast(x) || !is_fast(weight) || !runs_here(bias))
    return reference::linear(x, weight, bias, activation);
  const bool relu = activation == Activation::relu;
  if (!at::GradMode::is_enabled())
    return inferred(feature_major(x), weight.contiguous(), bias.contiguous(), relu);
  return Linear::apply(feature_major(x), weight.contiguous(), bias.contiguous(), relu);
}

}  // namespace pushforward::ops
