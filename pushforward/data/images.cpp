#include "pushforward/data/images.h"

#include "pushforward/core/error.h"

namespace pushforward::data {

std::string Images::shape() const {
  return fmt::format("{} images of {}×{}×{}", count, channels, height, width);
}

void to_planar(const std::uint8_t* interleaved, std::uint8_t* planar, std::int64_t channels,
               std::int64_t plane) {
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t i = 0; i < plane; ++i) planar[c * plane + i] = interleaved[i * channels + c];
}

}  // namespace pushforward::data
