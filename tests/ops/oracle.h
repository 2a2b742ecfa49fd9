// Holds a fast operation against its composed reference: values, gradients, second derivatives.
#pragma once

#include "tests/ops/tensors.h"
#include <torch/csrc/autograd/autograd.h>

#include <vector>

namespace pushforward {

using Tensors = std::vector<at::Tensor>;
using Op = std::function<Tensors(const Tensors&)>;

/// Σ over tensors and entries of t ⊙ w, every entry (so every sample) with a weight of its own.
inline at::Tensor weighted_sum(const Tensors& tensors, std::uint64_t seed) {
  at::Tensor total;
  for (const auto& t : tensors) {
    if (!t.defined()) continue;
    const auto term = (t * normal(t.sizes(), seed++, t.scalar_type())).sum();
    total = total.defined() ? total + term : term;
  }
  return total;
}

inline Tensors gradients(const at::Tensor& of, const Tensors& inputs, bool create_graph = false) {
  auto grads = torch::autograd::grad({of}, inputs, {}, true, create_graph, true);
  for (std::size_t i = 0; i < grads.size(); ++i)
    if (!grads[i].defined()) grads[i] = at::zeros_like(inputs[i]);
  return grads;
}

struct Derivatives {
  Tensors values, first, first_with_graph, second;
};

inline Derivatives derivatives(const Op& op, const Tensors& inputs) {
  Derivatives result;
  result.values = op(inputs);
  const auto loss = weighted_sum(result.values, 100);
  result.first = gradients(loss, inputs);
  result.first_with_graph = gradients(loss, inputs, true);
  const auto sum = weighted_sum(result.first_with_graph, 200);
  result.second = sum.requires_grad() ? gradients(sum, inputs) : Tensors{};
  return result;
}

/// `fast` on float32 inputs as they lie in memory, against `reference` on their float64 values.
inline void expect_agrees(const Op& fast, const Op& reference, const Tensors& inputs,
                          double tolerance = 1e-5) {
  Tensors single, exact;
  for (const auto& x : inputs) {
    single.push_back(x.detach().requires_grad_(true));
    exact.push_back(leaf(x.to(at::kDouble)));
  }
  const auto a = derivatives(fast, single), b = derivatives(reference, exact);
  const auto compare = [&](const char* what, const Tensors& x, const Tensors& y) {
    ASSERT_EQ(x.size(), y.size()) << what;
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(x[i].scalar_type(), at::kFloat) << what << " " << i;
      EXPECT_LT(difference(x[i], y[i]), tolerance) << what << " " << i;
    }
  };
  compare("value", a.values, b.values);
  compare("gradient", a.first, b.first);
  compare("gradient with create_graph", a.first_with_graph, b.first);
  compare("second derivative", a.second, b.second);
}

/// The same numbers in the memory layouts that callers hand in.
inline std::vector<std::pair<std::string, at::Tensor>> layouts(const at::Tensor& x) {
  auto gaps = at::full({x.size(0) * 2, x.size(1) * 3}, std::nan(""), x.options());
  auto strided = gaps.slice(0, 0, gaps.size(0), 2).slice(1, 1, gaps.size(1), 3);
  strided.copy_(x);
  return {{"row-major", x.contiguous()}, {"feature-major", x.t().contiguous().t()}, {"strided", strided}};
}

}  // namespace pushforward
