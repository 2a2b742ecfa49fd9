// The elementwise part of a gated residual layer.
#pragma once

#include <ATen/ATen.h>

namespace pushforward::ops {

/// y = x + (value + value_bias)·σ(gate + gate_bias): x, value, gate [N, C, H, W], biases [C] → [N, C, H, W],
/// channels last. Float32 on the CPU runs here, in one pass each way; other types, devices and second
/// derivatives run `reference`. Throws Error for shapes that do not fit.
at::Tensor gated_sum(const at::Tensor& x, const at::Tensor& value, const at::Tensor& value_bias,
                     const at::Tensor& gate, const at::Tensor& gate_bias);

namespace reference {
at::Tensor gated_sum(const at::Tensor& x, const at::Tensor& value, const at::Tensor& value_bias,
                     const at::Tensor& gate, const at::Tensor& gate_bias);
}

}  // namespace pushforward::ops
