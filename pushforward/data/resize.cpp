#include "pushforward/data/resize.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/data/resize_axis.h"

namespace pushforward::data {
namespace {

constexpr int fixed_bits = 32 - 8 - 2;  // The sum of 255 · weights fits 31 bits.
constexpr std::int64_t largest_side = 1 << 16, largest_image = 1 << 26;
constexpr std::int64_t values_per_task = 1 << 18;

/// The inputs that one output pixel is made of: `count` from `first`, weights in fixed point.
struct Taps {
  std::int64_t first = 0, count = 0;
  const std::int32_t* weights = nullptr;
};

double triangle(double x) {
  return std::max(0.0, 1.0 - std::abs(x));
}

/// The taps of every output pixel along one axis.
class Axis {
 public:
  Axis(std::int64_t from, std::int64_t to) : same_(from == to) {
    const auto exact = windows(from, to, 1, triangle);
    for (const auto& window : exact)
      for (const double weight : window.weights)
        weights_.push_back(static_cast<std::int32_t>(0.5 + weight * (1 << fixed_bits)));
    const std::int32_t* weights = weights_.data();
    for (const auto& window : exact) {
      taps_.push_back({.first = window.first, .count = std::ssize(window.weights), .weights = weights});
      weights += window.weights.size();
    }
  }
  bool same() const { return same_; }
  const std::vector<Taps>& taps() const { return taps_; }

 private:
  bool same_;
  std::vector<std::int32_t> weights_;
  std::vector<Taps> taps_;
};

constexpr std::int32_t half = 1 << (fixed_bits - 1);

std::uint8_t level(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> fixed_bits, 0, 255));
}

/// [rows, from] → [rows, to]
void along_rows(const std::uint8_t* in, std::uint8_t* out, std::int64_t rows, std::int64_t from,
                const Axis& axis) {
  for (std::int64_t y = 0; y < rows; ++y, in += from)
    for (const Taps& taps : axis.taps()) {
      std::int32_t sum = half;
      for (std::int64_t j = 0; j < taps.count; ++j) sum += in[taps.first + j] * taps.weights[j];
      *out++ = level(sum);
    }
}

/// [from, width] → [to, width]; `sums` [width] is scratch.
void along_columns(const std::uint8_t* in, std::uint8_t* out, std::int64_t width, const Axis& axis,
                   std::vector<std::int32_t>& sums) {
  for (const Taps& taps : axis.taps()) {
    std::fill(sums.begin(), sums.end(), half);
    for (std::int64_t j = 0; j < taps.count; ++j) {
      const std::uint8_t* row = in + (taps.first + j) * width;
      const std::int32_t weight = taps.weights[j];
      for (std::int64_t x = 0; x < width; ++x) sums[static_cast<std::size_t>(x)] += row[x] * weight;
    }
    for (std::int64_t x = 0; x < width; ++x) *out++ = level(sums[static_cast<std::size_t>(x)]);
  }
}

/// The set's description, without pixels.
Images sized(const Images& images, std::int64_t height, std::int64_t width) {
  return {.name = images.name,
          .source = images.source,
          .count = images.count,
          .channels = images.channels,
          .height = height,
          .width = width,
          .pixels = {},
          .labels = images.labels,
          .classes = images.classes,
          .left_out = images.left_out};
}

Images pillow_bilinear(const Images& images, std::int64_t height, std::int64_t width) {
  Images resized = sized(images, height, width);
  resized.pixels.resize(static_cast<std::size_t>(resized.count * resized.dims()));
  const Axis rows(images.width, width), columns(images.height, height);
  const std::int64_t plane_in = images.height * images.width, plane_out = height * width;
  at::parallel_for(0, images.count * images.channels,
                   std::max<std::int64_t>(1, values_per_task / (plane_in + plane_out)),
                   [&](std::int64_t begin, std::int64_t end) {
                     std::vector<std::uint8_t> between(static_cast<std::size_t>(images.height * width));
                     std::vector<std::int32_t> sums(static_cast<std::size_t>(width));
                     for (std::int64_t plane = begin; plane < end; ++plane) {
                       const std::uint8_t* in = images.pixels.data() + plane * plane_in;
                       std::uint8_t* out = resized.pixels.data() + plane * plane_out;
                       if (columns.same()) {
                         along_rows(in, out, images.height, images.width, rows);
                       } else if (rows.same()) {
                         along_columns(in, out, width, columns, sums);
                       } else {
                         along_rows(in, between.data(), images.height, images.width, rows);
                         along_columns(between.data(), out, width, columns, sums);
                       }
                     }
                   });
  return resized;
}

/// Where a side of `to` begins in one of `from`, as Python rounds halves: to even.
std::int64_t middle(std::int64_t from, std::int64_t to) {
  return static_cast<std::int64_t>(std::nearbyint(static_cast<double>(from - to) / 2));
}

Images center_crop(const Images& images, std::int64_t height, std::int64_t width) {
  // The smallest size of the image's proportions that covers the target; the longer side is cut to a whole
  // number.
  const bool by_width = images.height * width > images.width * height;
  const auto tall = by_width ? width * images.height / images.width : height;
  const auto wide = by_width ? width : height * images.width / images.height;
  expect_resizable(images, tall, wide);
  const Images covering = resize(images, tall, wide);
  Images cropped = sized(images, height, width);
  cropped.pixels.reserve(static_cast<std::size_t>(cropped.count * cropped.dims()));
  const auto top = middle(tall, height), left = middle(wide, width);
  for (std::int64_t plane = 0; plane < images.count * images.channels; ++plane)
    for (std::int64_t y = top; y < top + height; ++y) {
      const auto* row = covering.pixels.data() + (plane * tall + y) * wide + left;
      cropped.pixels.insert(cropped.pixels.end(), row, row + width);
    }
  return cropped;
}

}  // namespace

void expect_resizable(const Images& images, std::int64_t height, std::int64_t width) {
  if (height < 1 || width < 1 || height > largest_side || width > largest_side ||
      height * width * images.channels > largest_image)
    throw fail("[resize] {}: expected sides of 1 to {} and at most {} values an image, found {}×{}×{}",
               images.name, largest_side, largest_image, images.channels, height, width);
}

Images resize(const Images& images, std::int64_t height, std::int64_t width, ResizeMode mode) {
  expect_resizable(images, height, width);
  if (height == images.height && width == images.width) return images;
  if (mode == ResizeMode::pillow_bilinear) return pillow_bilinear(images, height, width);
  if (mode == ResizeMode::center_crop) return center_crop(images, height, width);
  Images resized = sized(images, height, width);
  for (const float level : resized_levels(images, height, width, mode))
    resized.pixels.push_back(static_cast<std::uint8_t>(std::lround(level)));
  return resized;
}

Images Images::resized(std::int64_t size) const {
  return resize(*this, size, size);
}

}  // namespace pushforward::data
