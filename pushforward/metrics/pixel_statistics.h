// How far apart two sets of images are, by the mean and covariance of their thumbnails.
#pragma once

#include <ATen/ATen.h>

#include "pushforward/metrics/frechet.h"

namespace pushforward::metrics {

/// images [N, C, H, W], uint8 (taken as v/255) or floating, averaged over a grid × grid of pieces:
/// float64 [N, C·grid²]. Throws Error for another shape or type, an image smaller than the grid, and
/// grid < 1.
at::Tensor thumbnails(const at::Tensor& images, std::int64_t grid = 8);

/// The statistics of thumbnails, to be merged and compared by `frechet_distance`: 0 for sets with the same
/// mean and covariance of coarse pixels, cheap enough for 10,000 images an epoch. It sees brightness,
/// layout and variety, not sharpness. In squared units of the images' range: 4 times as large for [−1, 1] as
/// for [0, 1], so both sets must have the same. Throws as `thumbnails`, and for a pixel that is not finite.
GaussianStatistics pixel_statistics(const at::Tensor& images, std::int64_t grid = 8);

}  // namespace pushforward::metrics
