// The activation of residual flows.
#pragma once

#include <ATen/ATen.h>

namespace pushforward::ops {

/// y = x·σ(bx)/1.1, σ the logistic function, whose slope is at most 1 (Chen et al. 2019, "Residual flows",
/// §3.3): x of any shape, b > 0 a tensor []. Float32 on the CPU runs kernels of this file for the value and
/// for first and second derivatives; everything else, third ones among it, runs `reference::lipswish`.
at::Tensor lipswish(const at::Tensor& x, const at::Tensor& b);

namespace reference {
at::Tensor lipswish(const at::Tensor& x, const at::Tensor& b);
}

}  // namespace pushforward::ops
