// Where an image answers to filters, and how much.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace pushforward::ops {

/// Means over cells × cells parts of the image, as adaptive_avg_pool2d cuts it, of max(0, w_f ∗ x): images
/// float32 [N, C, H, W] and filters [F, C, k, k] of odd k, the border being zeros → [N, F · cells²]. No
/// gradients. One thread; an image's responses never leave its caches. Throws Error for other shapes.
at::Tensor pooled_responses(const at::Tensor& images, const at::Tensor& filters, std::int64_t cells);

namespace reference {

/// The same by ATen.
at::Tensor pooled_responses(const at::Tensor& images, const at::Tensor& filters, std::int64_t cells);

}  // namespace reference
}  // namespace pushforward::ops
