// Convolutions: one operation and its two adjoints, closed under differentiation.
#pragma once

#include <ATen/ATen.h>

namespace pushforward::ops {

struct ConvOptions {
  std::int64_t stride = 1, padding = 0;
};

/// y = x ∗ weight: x [N, C, H, W], weight [O, C, k, k] → [N, O, H', W'], H' = ⌊(H + 2·padding − k)/stride⌋ +
/// 1, as PyTorch's conv2d. Images are kept channels last (at::MemoryFormat::ChannelsLast), from the first
/// layer to the last.
///
/// Float32 on the CPU runs kernels of this room: Winograd's method for 4×4 kernels of stride 2 (winograd.h),
/// products over patches for the rest (patches.h), for gradients of any order: the derivative of a
/// convolution, of its transpose and of its weight gradient are each made of the other two. Other types and
/// devices run `reference`. Throws Error for shapes that do not fit.
at::Tensor conv(const at::Tensor& x, const at::Tensor& weight, ConvOptions options);

/// The transpose of `conv` in x: x [N, O, H', W'], weight [O, C, k, k] → [N, C, (H' − 1)·stride − 2·padding +
/// k, …], as PyTorch's conv_transpose2d.
at::Tensor conv_transpose(const at::Tensor& x, const at::Tensor& weight, ConvOptions options);

namespace reference {
at::Tensor conv(const at::Tensor& x, const at::Tensor& weight, ConvOptions options);
at::Tensor conv_transpose(const at::Tensor& x, const at::Tensor& weight, ConvOptions options);
}  // namespace reference

}  // namespace pushforward::ops
