// Convolutions as products over patches, for any kernel size, stride and padding.
#pragma once

#include "pushforward/ops/conv_shape.h"

namespace pushforward::ops::patches {

/// Operands are rounded to Number, float or c10::BFloat16, where they are gathered: in a thread's cache. A
/// weight lies [out, in, rows, columns].
///
/// Each output pixel's patch of x is a row of rows·columns·in numbers; y is their product with the weight,
/// and `plus`, as y lies, where it is not null.
template <typename Number>
void forward(const ConvShape& shape, const float* x, const float* weight, const float* plus, float* y);
/// Pixels of x with the same place modulo the stride see the same taps: each such phase of grad_x is a
/// product over patches of grad_y. Of an x with few channels, products are added instead, patch by patch.
template <typename Number>
void backward_data(const ConvShape& shape, const float* grad_y, const float* weight, float* grad_x);
template <typename Number>
void backward_weight(const ConvShape& shape, const float* x, const float* grad_y, float* grad_weight);

}  // namespace pushforward::ops::patches
