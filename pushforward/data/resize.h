// Resizing as Pillow does it, bit for bit.
#pragma once

#include <cstdint>

#include "pushforward/data/images.h"

namespace pushforward::data {

/// Every image resized to height × width, bilinear with antialiasing: what Pillow's
/// Image.resize((width, height), BILINEAR) makes of 8-bit images, and so torchvision's Resize of PIL images.
/// Rows first, then columns, the image in between rounded to 8 bits. Along an axis of `from` and `to` pixels
/// the scale is s = from / to; output pixel i is Σ w_j v_j with w_j ∝ max(0, 1 − |j + ½ − (i + ½) s| / max(s,
/// 1)), normalised, then rounded to fixed point with 22 bits. An axis that keeps its size is left alone.
/// Name, source and labels are kept.
///
/// Throws Error unless both sizes are 1 to 65,536 and a resized image has at most 2^26 values.
Images resize(const Images& images, std::int64_t height, std::int64_t width);

}  // namespace pushforward::data
