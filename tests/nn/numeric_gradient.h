// Derivatives by differences, to hold those of autograd to.
#pragma once

#include "tests/ops/tensors.h"

#include <functional>

namespace pushforward::nn {

/// The gradient of `loss` at x by central differences of step h, number by number.
inline at::Tensor numeric_gradient(const std::function<at::Tensor(const at::Tensor&)>& loss,
                                   const at::Tensor& x, double h) {
  const at::NoGradGuard no_grad;
  auto gradient = at::zeros_like(x);
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const auto shift = at::zeros_like(x);
    shift.view(-1)[i] = h;
    gradient.view(-1)[i] = (loss(x + shift) - loss(x - shift)) / (2 * h);
  }
  return gradient;
}

}  // namespace pushforward::nn
