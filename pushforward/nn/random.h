// Random tensors.
#pragma once

#include <ATen/ATen.h>

namespace pushforward::nn {

/// Draws from N(mean, sd²), or from U[low, high): every random tensor of the library is made here.
///
/// Numbers come from the CPU's stream in float32, whatever the type and device of the result, so a seed gives
/// the same numbers everywhere; they are then brought to the `options`' type and device. The first two throw
/// Error as expect_room (weight_limit.h), before anything is allocated.
at::Tensor draw_normal(at::IntArrayRef sizes, double mean, double sd, at::Generator generator,
                       const at::TensorOptions& options = {});
at::Tensor draw_uniform(at::IntArrayRef sizes, double low, double high, at::Generator generator,
                        const at::TensorOptions& options = {});

/// The same with the shape, memory layout, type and device of x; numbers are drawn in the order of its
/// memory.
at::Tensor draw_uniform_like(const at::Tensor& x, double low, double high, at::Generator generator);

}  // namespace pushforward::nn
