// Images in the size and the colours that a network takes.
#pragma once

#include <ATen/ATen.h>

#include <string>

#include "pushforward/data/reading.h"

namespace pushforward::models {

/// Images uint8 [N, C, H, W] → [N, C, height, width], as data::resize does it.
at::Tensor resized(const at::Tensor& images, std::int64_t height, std::int64_t width,
                   data::ResizeMode mode = data::ResizeMode::pillow_bilinear);

/// Samples [n, …] in [0, 1] → uint8 [n, channels, height, width]; values outside are clipped.
at::Tensor to_pixels(const at::Tensor& samples, std::int64_t channels, std::int64_t height,
                     std::int64_t width);

/// Gray images repeated to `channels`. Throws Error for colour where gray is expected, naming the images and
/// who takes them.
at::Tensor with_channels(const at::Tensor& images, std::int64_t channels, const std::string& what,
                         const std::string& taker);

}  // namespace pushforward::models
