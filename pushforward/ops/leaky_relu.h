// The leaky rectifier.
#pragma once

#include <ATen/ATen.h>

namespace pushforward::ops {

/// y = x for x > 0, else slope·x, slope ≥ 0; any shape, the memory layout is kept. It has no second
/// derivative, and unlike ATen's no gradient of zeros either, which would send a gradient penalty backward
/// through a whole network for nothing. Float32 on the CPU runs here; other types and devices run
/// `reference`.
at::Tensor leaky_relu(const at::Tensor& x, double slope);

namespace reference {
at::Tensor leaky_relu(const at::Tensor& x, double slope);
}

}  // namespace pushforward::ops
