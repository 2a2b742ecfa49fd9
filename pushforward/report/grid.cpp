#include "pushforward/report/grid.h"

#include <png.h>

#include <algorithm>
#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"

namespace pushforward::report {
namespace {

using Wide = std::int64_t;
constexpr Wide max_bytes = Wide{1} << 28;

}  // namespace

Image make_grid(const GridImages& images, const GridStyle& style) {
  const auto [n, channels, height, width, pixels] = images;
  PF_CHECK(n > 0 && height > 0 && width > 0, "[grid] expected images, got {} of {} × {}", n, width, height);
  PF_CHECK(channels == 1 || channels == 3, "[grid] expected 1 or 3 channels, got {}", channels);
  PF_CHECK(pixels.size() / static_cast<std::size_t>(n) / static_cast<std::size_t>(channels) /
                       static_cast<std::size_t>(height) ==
                   static_cast<std::size_t>(width) &&
               static_cast<double>(pixels.size()) == 1.0 * n * channels * height * width,
           "[grid] expected {} × {} × {} × {} pixels, got {}", n, channels, height, width, pixels.size());
  PF_CHECK(style.scale > 0 && style.gap >= 0 && style.columns >= 0,
           "[grid] expected a positive scale, a gap and columns of at least 0, got {}, {}, {}", style.scale,
           style.gap, style.columns);

  const int columns =
      std::min(n, style.columns > 0 ? style.columns : static_cast<int>(std::ceil(std::sqrt(n))));
  const int rows = (n + columns - 1) / columns;
  const Wide step_x = Wide{width} * style.scale + style.gap, step_y = Wide{height} * style.scale + style.gap;
  const Wide total_x = columns * step_x + style.gap, total_y = rows * step_y + style.gap;
  PF_CHECK(total_x <= max_bytes && total_y <= max_bytes / total_x / channels,
           "[grid] {} × {} pixels is too large a picture", total_x, total_y);

  Image out{static_cast<int>(total_x), static_cast<int>(total_y), channels, {}};
  out.pixels.assign(static_cast<std::size_t>(total_x * total_y * channels), style.background);
  for (int i = 0; i < n; ++i) {
    const Wide left = i % columns * step_x + style.gap, top = i / columns * step_y + style.gap;
    for (Wide y = 0; y < Wide{height} * style.scale; ++y) {
      for (Wide x = 0; x < Wide{width} * style.scale; ++x) {
        for (int c = 0; c < channels; ++c) {
          const Wide from = ((Wide{i} * channels + c) * height + y / style.scale) * width + x / style.scale;
          const Wide to = ((top + y) * total_x + left + x) * channels + c;
          out.pixels[static_cast<std::size_t>(to)] = pixels[static_cast<std::size_t>(from)];
        }
      }
    }
  }
  return out;
}

std::string encode_png(const Image& image) {
  PF_CHECK(image.channels == 1 || image.channels == 3, "[png] expected 1 or 3 channels, got {}",
           image.channels);
  PF_CHECK(
      image.width > 0 && image.height > 0 &&
          image.pixels.size() == static_cast<std::size_t>(Wide{image.width} * image.height * image.channels),
      "[png] expected {} × {} × {} pixels, got {}", image.width, image.height, image.channels,
      image.pixels.size());
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = image.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(&header, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr) == 0)
    throw fail("[png] {}", header.message);
  bytes.resize(size);
  return bytes;
}

void write_png(const std::filesystem::path& path, const Image& image) {
  write_file(path, encode_png(image));
}

void write_grid(const std::filesystem::path& path, const GridImages& images, const GridStyle& style) {
  write_png(path, make_grid(images, style));
}

}  // namespace pushforward::report
