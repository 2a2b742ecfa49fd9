// The exponential linear unit.
#pragma once

#include <ATen/ATen.h>

namespace pushforward::ops {

/// y = x for x > 0, else eˣ − 1 (Clevert et al. 2016, "Fast and accurate deep network learning by exponential
/// linear units", eq. 15 with α = 1); any shape, the memory layout is kept. Float32 on the CPU runs here,
/// its gradient made of y; other types and devices run `reference`.
at::Tensor elu(const at::Tensor& x);

namespace reference {
at::Tensor elu(const at::Tensor& x);
}

}  // namespace pushforward::ops
