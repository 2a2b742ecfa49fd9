#include <algorithm>
#include <cmath>

#include "pushforward/data/npy.h"

namespace pushforward::data {
namespace {

bool is_channels(std::int64_t n) {
  return n == 1 || n == 3;
}

/// 8-bit levels of floats in [0, 1].
template <typename T>
std::vector<std::uint8_t> quantise(const NpyArray& array, std::int64_t dims, const std::string& where) {
  const auto values = array.values<T>();
  std::vector<std::uint8_t> levels(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] >= 0 && values[i] <= 1))
      throw fail("{}: expected values in [0, 1], found {} in image {}", where, values[i],
                 static_cast<std::int64_t>(i) / dims);
    levels[i] = static_cast<std::uint8_t>(std::lround(values[i] * 255));
  }
  return levels;
}

}  // namespace

Images read_npy_images(const std::filesystem::path& path) {
  NpyArray array = read_npy(path);
  const std::string where = "[npy] " + path.string();
  const auto& shape = array.shape;
  const bool gray = shape.size() == 3;
  const bool planar = shape.size() == 4 && is_channels(shape[1]);
  const bool interleaved = shape.size() == 4 && !planar && is_channels(shape[3]);
  if (!gray && !planar && !interleaved)
    throw fail("{}: expected images [N, H, W], [N, C, H, W] or [N, H, W, C] with C of 1 or 3, found shape {}",
               where, array.shape_text());
  if (array.count() == 0) throw fail("{}: no images in shape {}", where, array.shape_text());

  Images images;
  images.name = path.string();
  images.source = path;
  images.count = shape[0];
  images.channels = gray ? 1 : shape[planar ? 1 : 3];
  images.height = shape[planar ? 2 : 1];
  images.width = shape[planar ? 3 : 2];
  switch (array.type) {
    case NpyType::uint8:
      images.pixels = std::move(array.bytes);
      break;
    case NpyType::float32:
      images.pixels = quantise<float>(array, images.dims(), where);
      break;
    case NpyType::float64:
      images.pixels = quantise<double>(array, images.dims(), where);
      break;
    case NpyType::int64:
      throw fail("{}: expected images of uint8 or floats in [0, 1], found int64", where);
  }
  if (interleaved && images.channels > 1) {
    const std::vector<std::uint8_t> from = std::move(images.pixels);
    images.pixels.resize(from.size());
    for (std::int64_t i = 0; i < images.count; ++i)
      to_planar(from.data() + i * images.dims(), images.image(i), images.channels,
                images.height * images.width);
  }
  return images;
}

}  // namespace pushforward::data
