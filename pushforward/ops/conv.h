// Convolutions: one operation and its two adjoints, closed under differentiation.
#pragma once

#include <ATen/ATen.h>

namespace pushforward::ops {

/// Rows and columns of zeros at each side of an image; where negative, as many of the image are left out.
struct Padding {
  constexpr Padding(std::int64_t everywhere) : Padding(everywhere, everywhere, everywhere, everywhere) {}
  constexpr Padding(std::int64_t above, std::int64_t at_left, std::int64_t below, std::int64_t at_right)
      : top(above), left(at_left), bottom(below), right(at_right) {}
  bool operator==(const Padding&) const = default;

  std::int64_t top, left, bottom, right;
};

struct ConvOptions {
  std::int64_t stride = 1;
  Padding padding = 0;
  std::int64_t dilation = 1;  // between taps, of rows and of columns
};

/// y = x ∗ weight: x [N, C, H, W], weight [O, C, k, l] → [N, O, H', W'], H' = ⌊(H + top + bottom − (k −
/// 1)·dilation − 1)/stride⌋ + 1, as PyTorch's conv2d of the padded image. Images are kept channels last
/// (at::MemoryFormat::ChannelsLast), from the first layer to the last.
///
/// Float32 on the CPU runs kernels of this room: where it pays Winograd's method (winograd.h) for 4×4 kernels
/// of stride 2 and for 3×3 and 2×3 ones of stride 1; products over patches for the rest (patches.h). In
/// bfloat16, whose products cost less than transforms, oneDNN's convolution (direct.h) or products over
/// patches. Gradients are of any order: the derivative of a convolution, of its transpose and of its weight
/// gradient are each made of the other two. Other types and devices run `reference`. Where `plus` [N, O, H',
/// W'] is defined, it is added. Throws Error for shapes that do not fit.
at::Tensor conv(const at::Tensor& x, const at::Tensor& weight, const ConvOptions& options,
                const at::Tensor& plus = {});

/// The transpose of `conv` in x: x [N, O, H', W'], weight [O, C, k, l] → [N, C, (H' − 1)·stride + (k −
/// 1)·dilation + 1 − top − bottom, …], as PyTorch's conv_transpose2d without the padding.
at::Tensor conv_transpose(const at::Tensor& x, const at::Tensor& weight, const ConvOptions& options);

namespace reference {
at::Tensor conv(const at::Tensor& x, const at::Tensor& weight, const ConvOptions& options);
at::Tensor conv_transpose(const at::Tensor& x, const at::Tensor& weight, const ConvOptions& options);
}  // namespace reference

}  // namespace pushforward::ops
