#include "pushforward/data/picture.h"

#include <algorithm>
#include <utility>

#include "pushforward/core/error.h"

namespace pushforward::data {
namespace {

constexpr std::uint64_t largest_picture = std::uint64_t{1} << 26;

bool is_opaque(const Picture& picture) {
  const auto stride = static_cast<std::size_t>(picture.channels);
  for (std::size_t i = stride - 1; i < picture.pixels.size(); i += stride)
    if (picture.pixels[i] != 255) return false;
  return true;
}

/// a · alpha / 255 + b · (255 − alpha) / 255, rounded as Pillow rounds it.
std::uint8_t blend(int a, int b, int alpha) {
  const int sum = a * alpha + b * (255 - alpha) + 128;
  return static_cast<std::uint8_t>((sum + (sum >> 8)) >> 8);
}

/// [H, W, C + 1] → [H, W, C], or RGB for gray over a colour.
void flatten(Picture& picture, const Colour& background) {
  const bool coloured = background[0] != background[1] || background[1] != background[2];
  const auto from = static_cast<std::size_t>(picture.channels);
  const std::size_t kept = from - 1, to = kept == 1 && coloured ? 3 : kept;
  std::vector<std::uint8_t> flat(picture.pixels.size() / from * to);
  auto* out = flat.data();
  for (std::size_t at = 0; at < picture.pixels.size(); at += from)
    for (std::size_t c = 0; c < to; ++c)
      *out++ = blend(picture.pixels[at + std::min(c, kept - 1)], background[c], picture.pixels[at + kept]);
  picture.pixels = std::move(flat);
  picture.channels = static_cast<std::int64_t>(to);
}

/// Orientations 5 to 8 exchange rows and columns; then 2, 3, 6, 7 mirror left to right and 3, 4, 7, 8 upside
/// down.
void turn_upright(Picture& picture) {
  const int o = std::exchange(picture.orientation, 1);
  if (o < 2 || o > 8) return;
  const bool transpose = o >= 5, mirror = o == 2 || o == 3 || o == 6 || o == 7,
             flip = o == 3 || o == 4 || o >= 7;
  const auto height = transpose ? picture.width : picture.height,
             width = transpose ? picture.height : picture.width, channels = picture.channels;
  std::vector<std::uint8_t> turned(picture.pixels.size());
  auto* to = turned.data();
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x, to += channels) {
      const auto row = flip ? height - 1 - y : y, column = mirror ? width - 1 - x : x;
      const auto from = transpose ? column * picture.width + row : row * picture.width + column;
      std::copy_n(picture.pixels.data() + from * channels, channels, to);
    }
  picture.pixels = std::move(turned);
  picture.height = height;
  picture.width = width;
}

}  // namespace

void expect_bounded(std::uint64_t height, std::uint64_t width, std::uint64_t channels,
                    const std::string& where) {
  std::uint64_t size = channels;
  if (height == 0 || width == 0 || __builtin_mul_overflow(size, height, &size) ||
      __builtin_mul_overflow(size, width, &size) || size > largest_picture)
    throw fail("{}: expected at most {} values, found {}×{}×{}", where, largest_picture, channels, height,
               width);
}

int exif_orientation(std::string_view exif) {
  if (exif.starts_with(std::string_view("Exif\0\0", 6))) exif.remove_prefix(6);
  const bool little = exif.starts_with("II");
  if (!little && !exif.starts_with("MM")) return 1;
  const auto number = [&](std::size_t at, std::size_t size) -> std::uint32_t {
    if (at > exif.size() || size > exif.size() - at) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8 | static_cast<unsigned char>(exif[at + (little ? size - 1 - i : i)]);
    return value;
  };
  constexpr std::uint32_t orientation_tag = 0x0112, entry = 12;
  const std::size_t directory = number(4, 4);
  const std::uint32_t count = number(directory, 2);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t at = directory + 2 + std::size_t{i} * entry;
    if (at + entry > exif.size()) break;
    if (number(at, 2) != orientation_tag) continue;
    const auto value = number(at + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

Images to_image(Picture picture, const Reading& reading, const std::string& where) {
  if (picture.channels % 2 == 0) {
    if (!reading.background && !is_opaque(picture))
      throw fail(
          "{}: expected gray or RGB, found transparent pixels; state what is behind them with --background",
          where);
    flatten(picture, reading.background && !is_opaque(picture) ? *reading.background : Colour{});
  }
  if (reading.upright) turn_upright(picture);
  Images image{.name = {},
               .source = {},
               .count = 1,
               .channels = picture.channels,
               .height = picture.height,
               .width = picture.width,
               .pixels = {},
               .labels = {}};
  image.pixels.resize(picture.pixels.size());
  to_planar(picture.pixels.data(), image.pixels.data(), image.channels, image.height * image.width);
  return image;
}

}  // namespace pushforward::data
