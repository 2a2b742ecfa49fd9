// What a network sees of pixels whose dequantisation is not its business.
#pragma once

#include <ATen/ATen.h>

namespace pushforward::flows {

/// x [N, C, …], pixels dequantised to [0, 1) (preprocessing.h) → [N, 2C, …], laid out: their levels 0 … 255
/// as level/127.5 − 1, and whether the level is 0, which half of all pixels of centred objects are. Levels do
/// not change with the draw, so that what is made of them is constant in a bin.
at::Tensor pixel_features(const at::Tensor& x);

}  // namespace pushforward::flows
