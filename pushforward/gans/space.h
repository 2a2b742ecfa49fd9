// Where networks see data.
#pragma once

#include <ATen/ATen.h>

namespace pushforward::gans {

/// Images live in [0, 1] outside and in [−1, 1], channels last, inside; points are the same everywhere.
enum class Space { images, points };

/// x [N, C, H, W] in [0, 1] → 2x − 1, channels last; points as they are.
at::Tensor to_network(const at::Tensor& x, Space space);

/// The inverse, clamped to [0, 1] for images.
at::Tensor from_network(const at::Tensor& y, Space space);

}  // namespace pushforward::gans
