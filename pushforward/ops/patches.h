// Convolutions as products over patches, for any kernel size, stride and padding.
#pragma once

#include "pushforward/ops/conv_shape.h"

namespace pushforward::ops::patches {

/// Operands are rounded to Number, float or c10::BFloat16, where they are gathered: in a thread's cache.
///
/// Each output pixel's patch of x is a row of rows·columns·in numbers; y is their product with the weight,
/// and `plus`, as y lies, where it is not null. The weight lies [rows, columns, in, out], taps first.
template <typename Number>
void forward(const ConvShape& shape, const float* x, const Number* weight, const float* plus, float* y);
/// `weight` here is [out, rows, columns, in].
template <typename Number>
void backward_data(const ConvShape& shape, const float* grad_y, const Number* weight, float* grad_x);
/// grad_weight [rows, columns, in, out].
template <typename Number>
void backward_weight(const ConvShape& shape, const float* x, const float* grad_y, float* grad_weight);

}  // namespace pushforward::ops::patches
