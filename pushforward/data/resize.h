// Resizing by named modes, each held to its original.
#pragma once

#include <cstdint>
#include <vector>

#include "pushforward/data/images.h"
#include "pushforward/data/reading.h"

namespace pushforward::data {

/// Every image resized to height × width by `mode`, rounded to 8 bits. An image of that size is left alone.
///
/// pillow_bilinear: bilinear with antialiasing, what Pillow's
/// Image.resize((width, height), BILINEAR) makes of 8-bit images, and so torchvision's Resize of PIL images.
/// Rows first, then columns, the image in between rounded to 8 bits. Along an axis of `from` and `to` pixels
/// the scale is s = from / to; output pixel i is Σ w_j v_j with w_j ∝ max(0, 1 − |j + ½ − (i + ½) s| / max(s,
/// 1)), normalised, then rounded to fixed point with 22 bits. An axis that keeps its size is left alone.
///
/// Pillow 13 does the columns first for some tall images that shrink, which makes a level of difference.
///
/// clean: bicubic with antialiasing (a = −½) in float32, the image in between not rounded: Pillow's resize(…,
/// BICUBIC) of planes of mode "F", clipped to [0, 255], as clean-fid has it (Parmar et al. 2022, "On aliased
/// resizing and surprising subtleties in GAN evaluation").
///
/// legacy_pytorch: bilinear without antialiasing, torch.nn.functional.interpolate(…, align_corners=False), as
/// pytorch-fid has it.
///
/// legacy_tensorflow: the same, but pixel i lies at i · s instead of (i + ½) s − ½, tf.image.resize_bilinear
/// of TensorFlow 1, with which FID was first measured (Heusel et al. 2017): images move by half a pixel or
/// more.
///
/// center_crop: the middle of the image with the target's proportions, as torchvision's Resize(side) and
/// CenterCrop: by pillow_bilinear the smallest size that covers the target, then its middle.
///
/// Name, source, labels and what else describes the set are kept.
///
/// Throws Error unless both sizes are 1 to 65,536 and a resized image has at most 2^26 values.
Images resize(const Images& images, std::int64_t height, std::int64_t width,
              ResizeMode mode = ResizeMode::pillow_bilinear);

/// Throws Error as resize does.
void expect_resizable(const Images& images, std::int64_t height, std::int64_t width);

/// The same in levels 0 … 255, [N, C, height, width], which clean, legacy_pytorch and legacy_tensorflow have
/// before they are rounded.
std::vector<float> resized_levels(const Images& images, std::int64_t height, std::int64_t width,
                                  ResizeMode mode);

}  // namespace pushforward::data
