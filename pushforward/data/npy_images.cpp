#include "pushforward/data/npy_images.h"

#include <algorithm>
#include <cmath>

namespace pushforward::data {
namespace {

bool is_channels(std::int64_t n) {
  return n == 1 || n == 3;
}

/// 8-bit levels of floats in [0, 1]; `first` is the number of the array's first image.
template <typename T>
std::vector<std::uint8_t> quantise(const NpyArray& array, std::int64_t dims, std::int64_t first,
                                   const std::string& where) {
  const auto values = array.values<T>();
  std::vector<std::uint8_t> levels(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] >= 0 && values[i] <= 1))
      throw fail("{}: expected values in [0, 1], found {} in image {}", where, values[i],
                 first + static_cast<std::int64_t>(i) / dims);
    levels[i] = static_cast<std::uint8_t>(std::lround(values[i] * 255));
  }
  return levels;
}

}  // namespace

NpyImageReader::NpyImageReader(Input input) : input_(std::move(input)), header_(read_npy_header(input_)) {
  const auto where = input_.where();
  auto& shape = header_.shape;
  constexpr std::int64_t least_side = 8;  // a set of pictures so high and of 1 or 3 columns nobody has
  const bool one = shape.size() == 3 && is_channels(shape[2]) && std::min(shape[0], shape[1]) >= least_side;
  if (one) shape.insert(shape.begin(), 1);
  const bool gray = shape.size() == 3;
  const bool planar = !one && shape.size() == 4 && is_channels(shape[1]);
  interleaved_ = shape.size() == 4 && !planar && is_channels(shape[3]);
  if (!gray && !planar && !interleaved_)
    throw fail("{}: expected images [N, H, W], [N, C, H, W] or [N, H, W, C] with C of 1 or 3, found shape {}",
               where, header_.shape_text());
  if (header_.bytes() == 0) throw fail("{}: no images in shape {}", where, header_.shape_text());
  if (header_.type == NpyType::int64)
    throw fail("{}: expected images of uint8 or floats in [0, 1], found int64", where);
  shape_.name = input_.path().string();
  shape_.source = input_.path();
  shape_.channels = gray ? 1 : shape[planar ? 1 : 3];
  shape_.height = shape[planar ? 2 : 1];
  shape_.width = shape[planar ? 3 : 2];
}

Images NpyImageReader::next(std::int64_t most) {
  Images images = shape_;
  images.count = std::min(most, left());
  if (images.count == 0) return images;
  auto shape = header_.shape;
  const auto total = static_cast<std::size_t>(shape[0]);
  shape[0] = images.count;
  NpyArray array{.shape = std::move(shape), .type = header_.type, .bytes = {}};
  array.bytes.resize(static_cast<std::size_t>(array.count()) * size_of(array.type));
  const auto first = read_;
  read_ += images.count;
  if (header_.fortran) {
    if (first == 0) ordered_ = read_npy_array(input_, header_).bytes;
    const auto* begin = ordered_.data() + static_cast<std::size_t>(first) * (ordered_.size() / total);
    std::copy_n(begin, array.bytes.size(), array.bytes.data());
  } else {
    read_npy_elements(input_, header_, array.bytes);
    if (left() == 0) input_.expect_end();
  }

  if (array.type == NpyType::uint8)
    images.pixels = std::move(array.bytes);
  else if (array.type == NpyType::float32)
    images.pixels = quantise<float>(array, images.dims(), first, input_.where());
  else
    images.pixels = quantise<double>(array, images.dims(), first, input_.where());
  if (interleaved_ && images.channels > 1) {
    const std::vector<std::uint8_t> from = std::move(images.pixels);
    images.pixels.resize(from.size());
    for (std::int64_t i = 0; i < images.count; ++i)
      to_planar(from.data() + i * images.dims(), images.image(i), images.channels,
                images.height * images.width);
  }
  return images;
}

Images NpyImageReader::rest() {
  constexpr std::int64_t values_at_once = 1 << 20;
  if (header_.type == NpyType::uint8 && !interleaved_) return next(left());  // as they are
  Images images = shape_;
  images.pixels.reserve(static_cast<std::size_t>(left() * images.dims()));
  const auto at_once = std::max<std::int64_t>(1, values_at_once / images.dims());
  while (left() > 0) {
    const Images part = next(at_once);
    images.pixels.insert(images.pixels.end(), part.pixels.begin(), part.pixels.end());
    images.count += part.count;
  }
  return images;
}

Images read_npy_images(const std::filesystem::path& path) {
  return NpyImageReader(Input(path, "npy")).rest();
}

}  // namespace pushforward::data
