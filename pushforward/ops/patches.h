// Convolutions as products over patches, for any kernel size, stride and padding.
#pragma once

#include <cstdint>

namespace pushforward::ops::patches {

/// x [n, h, w, in] → y [n, y_h, y_w, out], both channels last, weight [kernel, kernel, in, out] with taps
/// first.
struct Shape {
  std::int64_t n = 0, h = 0, w = 0, in = 0, out = 0;
  std::int64_t kernel = 0, stride = 1, padding = 0;
  std::int64_t y_h() const { return (h + 2 * padding - kernel) / stride + 1; }
  std::int64_t y_w() const { return (w + 2 * padding - kernel) / stride + 1; }
};

/// Each output pixel's patch of x is a row of kernel²·in numbers; y is their product with the weight.
void forward(const Shape& shape, const float* x, const float* weight, float* y);
/// `weight` here is [out, kernel, kernel, in].
void backward_data(const Shape& shape, const float* grad_y, const float* weight, float* grad_x);
/// grad_weight [kernel, kernel, in, out].
void backward_weight(const Shape& shape, const float* x, const float* grad_y, float* grad_weight);

}  // namespace pushforward::ops::patches
