// Convolutions as products over patches, for any kernel size, stride and padding.
#pragma once

#include <cstdint>

namespace pushforward::ops::patches {

/// x [n, h, w, in] → y [n, y_h, y_w, out], both channels last, weight [rows, columns, in, out] with taps
/// first. Tap (a, b) of output pixel (i, j) is x at (stride·i − top + dilation·a, stride·j − left +
/// dilation·b), or zero where x has no such pixel.
struct Shape {
  std::int64_t n = 0, h = 0, w = 0, in = 0, out = 0;
  std::int64_t rows = 0, columns = 0, stride = 1, dilation = 1, top = 0, left = 0;
  std::int64_t y_h = 0, y_w = 0;
};

/// Operands are rounded to Number, float or c10::BFloat16, where they are gathered: in a thread's cache.
///
/// Each output pixel's patch of x is a row of rows·columns·in numbers; y is their product with the weight,
/// and `plus`, as y lies, where it is not null.
template <typename Number>
void forward(const Shape& shape, const float* x, const Number* weight, const float* plus, float* y);
/// `weight` here is [out, rows, columns, in].
template <typename Number>
void backward_data(const Shape& shape, const float* grad_y, const Number* weight, float* grad_x);
/// grad_weight [rows, columns, in, out].
template <typename Number>
void backward_weight(const Shape& shape, const float* x, const float* grad_y, float* grad_weight);

}  // namespace pushforward::ops::patches
