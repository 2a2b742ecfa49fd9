#include "pushforward/metrics/pixel_statistics.h"

#include <algorithm>
#include <vector>

#include "pushforward/core/error.h"

namespace pushforward::metrics {
namespace {

constexpr std::int64_t images_at_a_time = 512;  // Their float64 copy stays small.

}  // namespace

at::Tensor thumbnails(const at::Tensor& images, std::int64_t grid) {
  const bool bytes = images.scalar_type() == at::kByte;
  PF_CHECK(images.dim() == 4 && (bytes || images.is_floating_point()),
           "[thumbnails] expected uint8 or floating images [N, C, H, W], got {} [{}]", images.toString(),
           fmt::join(images.sizes(), ", "));
  PF_CHECK(grid >= 1 && images.size(2) >= grid && images.size(3) >= grid,
           "[thumbnails] expected images of at least {0}×{0} and a grid of at least 1, got {1}×{2}", grid,
           images.size(2), images.size(3));
  const std::int64_t dims = images.size(1) * grid * grid;
  std::vector<at::Tensor> parts{at::empty({0, dims}, at::kDouble)};
  for (std::int64_t from = 0; from < images.size(0); from += images_at_a_time) {
    const auto part = images.narrow(0, from, std::min(images_at_a_time, images.size(0) - from));
    const auto values = part.detach().to(at::kDouble).contiguous();
    parts.push_back(at::adaptive_avg_pool2d(bytes ? values / 255 : values, {grid, grid}).reshape({-1, dims}));
  }
  return at::cat(parts);
}

GaussianStatistics pixel_statistics(const at::Tensor& images, std::int64_t grid) {
  return GaussianStatistics::of(thumbnails(images, grid));
}

}  // namespace pushforward::metrics
