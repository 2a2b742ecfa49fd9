#include "pushforward/ops/patches.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "pushforward/ops/gemm.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops::patches {
namespace {

/// Floats of patches that a thread works on at a time, about half of a second-level cache.
constexpr std::int64_t scratch = 1 << 17;

PF_SIMD_CLONES void add(float* to, const float* from, std::int64_t size) {
#pragma omp simd
  for (std::int64_t i = 0; i < size; ++i) to[i] += from[i];
}

/// Numbers of a patch.
std::int64_t width_of(const Shape& s) {
  return s.rows * s.columns * s.in;
}

/// Output pixels of the batch.
std::int64_t pixels_of(const Shape& s) {
  return s.n * s.y_h * s.y_w;
}

/// Whether the patches lie in memory as x does: one output pixel that sees all of x, or pixels that see
/// themselves.
bool lies_in_patches(const Shape& s) {
  const bool whole = s.rows == s.h && s.columns == s.w && s.y_h == 1 && s.y_w == 1 && s.dilation == 1;
  const bool pointwise = s.rows == 1 && s.columns == 1 && s.stride == 1 && s.y_h == s.h && s.y_w == s.w;
  return s.top == 0 && s.left == 0 && (whole || pointwise);
}

/// Calls each(patch's offset, x's offset, floats) for the runs of x that the output rows [begin, end) see
/// (rows counted over the batch) and padding(patch's offset, floats) for the rest.
template <typename Run, typename Padding>
void runs(const Shape& s, std::int64_t begin, std::int64_t end, const Run& each, const Padding& padding) {
  const auto taps = s.dilation == 1 ? s.columns : 1;  // that lie behind each other
  std::int64_t at = 0;
  for (auto row = begin; row < end; ++row) {
    const auto image = row / s.y_h, i = row % s.y_h;
    for (std::int64_t j = 0; j < s.y_w; ++j) {
      for (std::int64_t a = 0; a < s.rows; ++a) {
        const auto y = i * s.stride - s.top + a * s.dilation;
        for (std::int64_t b = 0; b < s.columns; b += taps, at += taps * s.in) {
          const auto left = j * s.stride - s.left + b * s.dilation;
          const auto from = std::clamp<std::int64_t>(-left, 0, taps);
          const auto to = std::clamp<std::int64_t>(s.w - left, from, taps);
          if (y < 0 || y >= s.h || from == to) {
            padding(at, taps * s.in);
            continue;
          }
          if (from > 0) padding(at, from * s.in);
          each(at + from * s.in, ((image * s.h + y) * s.w + left + from) * s.in, (to - from) * s.in);
          if (to < taps) padding(at + to * s.in, (taps - to) * s.in);
        }
      }
    }
  }
}

void gather(const Shape& s, const float* x, std::int64_t begin, std::int64_t end, float* rows) {
  runs(
      s, begin, end,
      [&](std::int64_t at, std::int64_t from, std::int64_t size) { std::copy_n(x + from, size, rows + at); },
      [&](std::int64_t at, std::int64_t size) { std::fill_n(rows + at, size, 0.0F); });
}

void scatter(const Shape& s, const float* rows, std::int64_t begin, std::int64_t end, float* x) {
  runs(
      s, begin, end,
      [&](std::int64_t at, std::int64_t to, std::int64_t size) { add(x + to, rows + at, size); },
      [](std::int64_t, std::int64_t) {});
}

/// Output rows (of images' pixels) that fit the scratch.
std::int64_t rows_at_once(const Shape& s) {
  return std::max<std::int64_t>(1, scratch / (s.y_w * width_of(s)));
}

}  // namespace

void forward(const Shape& s, const float* x, const float* weight, float* y) {
  const auto width = width_of(s);
  if (lies_in_patches(s)) return gemm({x, pixels_of(s), width}, {weight, width, s.out}, y);
  const auto step = rows_at_once(s);
  at::parallel_for(0, s.n * s.y_h, step, [&](std::int64_t begin, std::int64_t end) {
    const std::unique_ptr<float[]> rows(new float[static_cast<std::size_t>(step * s.y_w * width)]);
    for (auto row = begin; row < end; row += step) {
      const auto stop = std::min(end, row + step);
      gather(s, x, row, stop, rows.get());
      gemm({rows.get(), (stop - row) * s.y_w, width}, {weight, width, s.out}, y + row * s.y_w * s.out);
    }
  });
}

void backward_data(const Shape& s, const float* grad_y, const float* weight, float* grad_x) {
  const auto width = width_of(s);
  if (lies_in_patches(s)) return gemm({grad_y, pixels_of(s), s.out}, {weight, s.out, width}, grad_x);
  const auto step = std::min(rows_at_once(s), s.y_h);
  at::parallel_for(0, s.n, 1, [&](std::int64_t first, std::int64_t last) {
    const std::unique_ptr<float[]> rows(new float[static_cast<std::size_t>(step * s.y_w * width)]);
    std::fill(grad_x + first * s.h * s.w * s.in, grad_x + last * s.h * s.w * s.in, 0.0F);
    for (auto row = first * s.y_h; row < last * s.y_h; row += step) {
      const auto stop = std::min(last * s.y_h, row + step);
      gemm({grad_y + row * s.y_w * s.out, (stop - row) * s.y_w, s.out}, {weight, s.out, width}, rows.get());
      scatter(s, rows.get(), row, stop, grad_x);
    }
  });
}

void backward_weight(const Shape& s, const float* x, const float* grad_y, float* grad_weight) {
  const auto width = width_of(s);
  const auto step = rows_at_once(s), total = s.n * s.y_h;
  const bool in_place = lies_in_patches(s);
  // One partial sum per thread, in the order of the rows: the same bytes every time.
  const auto shares = std::clamp<std::int64_t>((total + step - 1) / step, 1, at::get_num_threads());
  const auto share = (total + shares - 1) / shares;
  std::vector<float> partial(static_cast<std::size_t>((shares - 1) * width * s.out));
  const auto sum = [&](std::int64_t k) {
    return k == 0 ? grad_weight : partial.data() + (k - 1) * width * s.out;
  };
  at::parallel_for(0, shares, 1, [&](std::int64_t first, std::int64_t last) {
    const std::unique_ptr<float[]> rows(new float[static_cast<std::size_t>(step * s.y_w * width)]);
    for (auto k = first; k < last; ++k) {
      const auto begin = k * share, end = std::min(total, begin + share);
      if (begin >= end) std::fill_n(sum(k), width * s.out, 0.0F);
      for (auto row = begin; row < end; row += step) {
        const auto stop = std::min(end, row + step), count = (stop - row) * s.y_w;
        if (!in_place) gather(s, x, row, stop, rows.get());
        const auto* patch = in_place ? x + row * s.y_w * width : rows.get();
        gemm(transposed({patch, count, width}), {grad_y + row * s.y_w * s.out, count, s.out}, sum(k),
             {.add = row != begin});
      }
    }
  });
  for (std::int64_t k = 1; k < shares; ++k) add(grad_weight, sum(k), width * s.out);
}

}  // namespace pushforward::ops::patches
