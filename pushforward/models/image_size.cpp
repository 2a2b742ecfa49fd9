#include "pushforward/models/image_size.h"

#include "pushforward/core/error.h"
#include "pushforward/data/loader.h"
#include "pushforward/data/resize.h"

namespace pushforward::models {

at::Tensor resized(const at::Tensor& images, std::int64_t height, std::int64_t width, data::ResizeMode mode) {
  if (images.size(2) == height && images.size(3) == width) return images;
  const auto plain = images.contiguous();
  const auto* bytes = plain.data_ptr<std::uint8_t>();
  const data::Images whole{.name = "images",
                           .source = {},
                           .count = plain.size(0),
                           .channels = plain.size(1),
                           .height = plain.size(2),
                           .width = plain.size(3),
                           .pixels = {bytes, bytes + plain.numel()},
                           .labels = {}};
  return data::to_tensor(data::resize(whole, height, width, mode));
}

at::Tensor to_pixels(const at::Tensor& samples, std::int64_t channels, std::int64_t height,
                     std::int64_t width) {
  return (samples.clamp(0, 1) * 255)
      .round()
      .to(at::kByte)
      .contiguous()
      .view({samples.size(0), channels, height, width});
}

at::Tensor with_channels(const at::Tensor& images, std::int64_t channels, const std::string& what,
                         const std::string& taker) {
  const auto n = images.size(1);
  if (n == channels) return images;
  if (n == 1) return images.expand({-1, channels, -1, -1});
  throw fail("{} has images of {} channels, {} takes {}", what, n, taker, channels);
}

}  // namespace pushforward::models
