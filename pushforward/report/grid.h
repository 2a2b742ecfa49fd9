// Images to PNG files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace pushforward::report {

/// Interleaved 8-bit pixels [height, width, channels], 1 channel (gray) or 3 (RGB).
struct Image {
  int width = 0, height = 0, channels = 1;
  std::vector<std::uint8_t> pixels;
};

/// A batch as the models make it: planar pixels [n, channels, height, width]. Does not own them.
struct GridImages {
  int n = 0, channels = 1, height = 0, width = 0;
  std::span<const std::uint8_t> pixels;
};

struct GridStyle {
  int columns = 0;  ///< 0: as many columns as rows, or one more
  int scale = 2;    ///< every pixel becomes scale × scale
  int gap = 2;      ///< pixels between and around images
  std::uint8_t background = 255;
};

/// Row by row, upscaled by nearest neighbour. Throws Error when the batch is empty, its size does not fit
/// its shape, channels are not 1 or 3, or the picture would have more than 2²⁸ bytes.
Image make_grid(const GridImages& images, const GridStyle& style = {});

/// PNG bytes. Throws Error when the image's size does not fit its pixels.
std::string encode_png(const Image& image);

/// Atomically. Throws Error naming the path.
void write_png(const std::filesystem::path& path, const Image& image);
void write_grid(const std::filesystem::path& path, const GridImages& images, const GridStyle& style = {});

}  // namespace pushforward::report
