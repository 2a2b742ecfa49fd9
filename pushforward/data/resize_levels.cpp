#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "pushforward/data/resize.h"
#include "pushforward/data/resize_axis.h"

namespace pushforward::data {
namespace {

/// Keys's cubic with a = −½, as Pillow has it.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/// out[i · step] = Σ weights in[j · step], for `count` lines that begin `apart` from each other.
template <typename From>
void along(const From* in, float* out, std::int64_t count, std::int64_t apart_in, std::int64_t apart_out,
           std::int64_t step, const std::vector<Window>& axis) {
  for (std::int64_t line = 0; line < count; ++line) {
    const From* from = in + line * apart_in;
    float* to = out + line * apart_out;
    for (const auto& [first, weights] : axis) {
      double sum = 0;
      for (std::size_t j = 0; j < weights.size(); ++j)
        sum += static_cast<double>(from[(first + static_cast<std::int64_t>(j)) * step]) * weights[j];
      *to = static_cast<float>(sum);
      to += step;
    }
  }
}

std::vector<float> clean(const Images& images, std::int64_t height, std::int64_t width) {
  const auto rows = windows(images.width, width, 2, cubic),
             columns = windows(images.height, height, 2, cubic);
  const auto plane_in = images.height * images.width, plane_out = height * width;
  std::vector<float> levels(static_cast<std::size_t>(images.count * images.channels * plane_out));
  at::parallel_for(0, images.count * images.channels, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> between(static_cast<std::size_t>(images.height * width));
    for (std::int64_t plane = begin; plane < end; ++plane) {
      const auto* in = images.pixels.data() + plane * plane_in;
      float* out = levels.data() + plane * plane_out;
      if (images.width == width)
        std::copy_n(in, between.size(), between.begin());
      else
        along(in, between.data(), images.height, images.width, width, 1, rows);
      if (images.height == height)
        std::copy_n(between.begin(), between.size(), out);
      else
        along(between.data(), out, width, 1, 1, width, columns);
      for (std::int64_t i = 0; i < plane_out; ++i) out[i] = std::clamp(out[i], 0.0F, 255.0F);
    }
  });
  return levels;
}

std::vector<float> interpolated(const Images& images, std::int64_t height, std::int64_t width) {
  const auto dims = images.channels * height * width;
  std::vector<float> levels(static_cast<std::size_t>(images.count * dims));
  for (std::int64_t i = 0; i < images.count; ++i) {
    auto* bytes = const_cast<std::uint8_t*>(images.image(i));  // from_blob takes no const; nothing is written
    const auto x =
        at::from_blob(bytes, {1, images.channels, images.height, images.width}, at::kByte).to(at::kFloat);
    const auto y = at::upsample_bilinear2d(x, {height, width}, /*align_corners=*/false).contiguous();
    std::copy_n(y.data_ptr<float>(), dims, levels.begin() + i * dims);
  }
  return levels;
}

/// The two inputs that one output pixel lies between, and how near it is to the second.
struct Between {
  std::int64_t low = 0, high = 0;
  float share = 0;
};

/// Without half a pixel's shift, in float32 as TensorFlow has it.
std::vector<Between> from_corners(std::int64_t from, std::int64_t to) {
  const float scale = static_cast<float>(from) / static_cast<float>(to);
  std::vector<Between> axis;
  for (std::int64_t i = 0; i < to; ++i) {
    const float at = static_cast<float>(i) * scale;
    const auto low = std::min(static_cast<std::int64_t>(at), from - 1);
    axis.push_back({low, std::min(low + 1, from - 1), at - static_cast<float>(low)});
  }
  return axis;
}

std::vector<float> legacy_tensorflow(const Images& images, std::int64_t height, std::int64_t width) {
  const auto rows = from_corners(images.height, height), columns = from_corners(images.width, width);
  const auto plane_in = images.height * images.width, plane_out = height * width;
  std::vector<float> levels(static_cast<std::size_t>(images.count * images.channels * plane_out));
  at::parallel_for(0, images.count * images.channels, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t plane = begin; plane < end; ++plane) {
      const auto* in = images.pixels.data() + plane * plane_in;
      float* out = levels.data() + plane * plane_out;
      for (const auto& [top, bottom, down] : rows)
        for (const auto& [left, right, across] : columns) {
          const auto along = [&, l = left, r = right, share = across](std::int64_t y) {
            const auto* row = in + y * images.width;
            const float first = row[l];
            return first + (static_cast<float>(row[r]) - first) * share;
          };
          const float upper = along(top);
          *out++ = upper + (along(bottom) - upper) * down;
        }
    }
  });
  return levels;
}

}  // namespace

std::vector<float> resized_levels(const Images& images, std::int64_t height, std::int64_t width,
                                  ResizeMode mode) {
  expect_resizable(images, height, width);
  const bool same = height == images.height && width == images.width;
  if (!same && mode == ResizeMode::clean) return clean(images, height, width);
  if (!same && mode == ResizeMode::legacy_pytorch) return interpolated(images, height, width);
  if (!same && mode == ResizeMode::legacy_tensorflow) return legacy_tensorflow(images, height, width);
  const auto bytes = resize(images, height, width, mode).pixels;
  return {bytes.begin(), bytes.end()};
}

}  // namespace pushforward::data
