// The rectifier behind a convolution.
#pragma once

#include <ATen/ATen.h>

namespace pushforward::ops {

/// y = max(x + bias, 0): x [N, C, H, W], bias [C], in one pass, and one for both gradients. Where x lies
/// channels last it is overwritten, which saves a third of the memory that is gone over: x is what a
/// convolution made, never a leaf of autograd. A NaN stays a NaN. By itself it has no second derivative.
/// Float32 on the CPU runs here; other types and devices run `reference`. Throws Error for shapes that do not
/// fit.
at::Tensor biased_relu_(const at::Tensor& x, const at::Tensor& bias);

namespace reference {
at::Tensor biased_relu(const at::Tensor& x, const at::Tensor& bias);
}

}  // namespace pushforward::ops
