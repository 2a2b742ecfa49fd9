// y = activation(x Wᵀ + b).
#pragma once

#include <ATen/ATen.h>

namespace pushforward::ops {

enum class Activation { identity, relu };

/// A fully connected layer with its activation: x [N, in], weight [out, in], bias [out] → [N, out],
/// feature-major (layout.h). Float32 on the CPU runs oneDNN products, for derivatives of any order, of
/// operands rounded to the thread's precision; other types and devices run `reference::linear`.
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                  Activation activation = Activation::identity);

namespace reference {
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                  Activation activation);
}

}  // namespace pushforward::ops
