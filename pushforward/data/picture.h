// One decoded file, before it becomes an image of a set.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pushforward/data/images.h"
#include "pushforward/data/reading.h"

namespace pushforward::data {

/// What every decoder returns.
struct Picture {
  std::int64_t height = 0, width = 0;
  std::int64_t channels = 0;         ///< 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha.
  std::vector<std::uint8_t> pixels;  ///< [H, W, C], 8 bits.
  int orientation = 1;               ///< EXIF's, 1 (upright) to 8.
};

/// Throws Error where a picture has more than 2^26 values; `where` starts its message. To be called before
/// anything of that size is allocated.
void expect_bounded(std::uint64_t height, std::uint64_t width, std::uint64_t channels,
                    const std::string& where);

/// The orientation in an EXIF block (TIFF's header and first directory, with or without "Exif\0\0" before
/// it); 1 where it has none or is damaged.
int exif_orientation(std::string_view exif);

/// One image [1, C, H, W]. Opaque alpha is dropped, any other is laid over the background as Pillow's
/// Image.paste with a mask lays it; gray over a colour becomes RGB. Throws Error for transparent pixels
/// without a background.
Images to_image(Picture picture, const Reading& reading, const std::string& where);

}  // namespace pushforward::data
