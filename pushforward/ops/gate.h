// The gate of gated convolutional networks.
#pragma once

#include <ATen/ATen.h>

namespace pushforward::ops {

/// y = tanh(a + b₁)·σ(c + b₂) for x = (a, c) [N, 2C, H, W] and bias = (b₁, b₂) [2C] → [N, C, H, W] (van den
/// Oord et al. 2016, "Conditional image generation with PixelCNN decoders", eq. 2), to which `plus` [N, C, H,
/// W] is added where it is defined. Float32 on the CPU goes over x once, channels last. Throws Error for
/// shapes that do not fit.
at::Tensor gate(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& plus = {});

namespace reference {
at::Tensor gate(const at::Tensor& x, const at::Tensor& bias, const at::Tensor& plus = {});
}

}  // namespace pushforward::ops
