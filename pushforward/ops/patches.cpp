#include "pushforward/ops/patches.h"

#include <algorithm>
#include <memory>
#include <type_traits>
#include <vector>

#include "pushforward/ops/add.h"
#include "pushforward/ops/gemm.h"
#include "pushforward/ops/parallel.h"
#include "pushforward/ops/precision.h"

namespace pushforward::ops::patches {
namespace {

/// Numbers of patches that a thread works on at a time, about half of a second-level cache.
constexpr std::int64_t scratch = 1 << 17;

/// Numbers of a patch.
std::int64_t width_of(const ConvShape& s) {
  return s.rows * s.columns * s.in;
}

/// Output pixels of the batch.
std::int64_t pixels_of(const ConvShape& s) {
  return s.n * s.y_h * s.y_w;
}

/// Whether the patches lie in memory as x does: one output pixel that sees all of x, or pixels that see
/// themselves.
bool lies_in_patches(const ConvShape& s) {
  const bool whole = s.rows == s.h && s.columns == s.w && s.y_h == 1 && s.y_w == 1 && s.dilation == 1;
  const bool pointwise = s.rows == 1 && s.columns == 1 && s.stride == 1 && s.y_h == s.h && s.y_w == s.w;
  return s.top == 0 && s.left == 0 && (whole || pointwise);
}

/// Calls each(patch's offset, x's offset, floats) for the runs of x that the output rows [begin, end) see
/// (rows counted over the batch) and padding(patch's offset, floats) for the rest.
template <typename Run, typename Padding>
void runs(const ConvShape& s, std::int64_t begin, std::int64_t end, const Run& each, const Padding& padding) {
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

/// `x` begins at offset `origin` of the batch.
template <typename Number>
void gather(const ConvShape& s, const Number* x, std::int64_t origin, std::int64_t begin, std::int64_t end,
            Number* rows) {
  runs(
      s, begin, end,
      [&](std::int64_t at, std::int64_t from, std::int64_t size) {
        std::copy_n(x + (from - origin), size, rows + at);
      },
      [&](std::int64_t at, std::int64_t size) { std::fill_n(rows + at, size, Number{}); });
}

/// Numbers as a product takes them: where they lie, or rounded into memory of its own.
template <typename Number>
class Operand {
 public:
  const Number* of(const float* x, std::int64_t size) {
    if constexpr (std::is_same_v<Number, float>) {
      return x;
    } else {
      if (size > size_) {
        rounded_.reset(new Number[static_cast<std::size_t>(size)]);
        size_ = size;
      }
      round_to_bfloat16(x, size, rounded_.get());
      return rounded_.get();
    }
  }

 private:
  std::unique_ptr<Number[]> rounded_;
  std::int64_t size_ = 0;
};

/// A thread's patches.
template <typename Number>
class Patches {
 public:
  /// Of at most `rows` output rows at a time.
  Patches(const ConvShape& shape, std::int64_t rows)
      : shape_(shape),
        patches_(lies_in_patches(shape)
                     ? nullptr
                     : new Number[static_cast<std::size_t>(rows * shape.y_w * width_of(shape))]) {}

  /// The patches of output rows [begin, end).
  const Number* of(const float* x, std::int64_t begin, std::int64_t end) {
    const auto& s = shape_;
    if (!patches_) {
      const auto size = s.y_w * width_of(s);
      return operand_.of(x + begin * size, (end - begin) * size);
    }
    // The rows of x, counted over the batch, from the first that an output row sees to the last.
    const auto row_of = [&](std::int64_t row) { return row / s.y_h * s.h + row % s.y_h * s.stride - s.top; };
    const auto first = std::max<std::int64_t>(row_of(begin), begin / s.y_h * s.h);
    const auto last_image = (end - 1) / s.y_h * s.h;
    auto last = std::min(row_of(end - 1) + (s.rows - 1) * s.dilation, last_image + s.h - 1);
    if (first < last_image) last = std::max(last, last_image - 1);  // all that is left of the images before
    const auto origin = first * s.w * s.in, size = std::max<std::int64_t>(last - first + 1, 0) * s.w * s.in;
    gather(s, operand_.of(x + origin, size), origin, begin, end, patches_.get());
    return patches_.get();
  }

 private:
  const ConvShape& shape_;
  std::unique_ptr<Number[]> patches_;
  Operand<Number> operand_;
};

void scatter(const ConvShape& s, const float* rows, std::int64_t begin, std::int64_t end, float* x) {
  runs(
      s, begin, end,
      [&](std::int64_t at, std::int64_t to, std::int64_t size) { add(x + to, rows + at, size); },
      [](std::int64_t, std::int64_t) {});
}

/// Output rows (of images' pixels) that fit the scratch.
std::int64_t rows_at_once(const ConvShape& s) {
  return std::max<std::int64_t>(1, scratch / (s.y_w * width_of(s)));
}

/// C [rows, columns] = A B + plus, A [rows, k] as it lies in memory, plus as C or null: at once, or where A
/// is rounded or something is added part by part.
template <typename Number>
void multiply(const float* a, std::int64_t rows, std::int64_t k, const Number* b, std::int64_t columns,
              const float* plus, float* c) {
  if (std::is_same_v<Number, float> && plus == nullptr) return gemm({a, rows, k}, {b, k, columns}, c);
  constexpr std::int64_t least = 64;  // rows that make up for reading B
  const auto step = std::max(least, scratch / std::max(k, columns));
  const PackedMatrix packed({b, k, columns}, std::min(step, rows));
  at::parallel_for(0, rows, step, [&](std::int64_t begin, std::int64_t end) {
    Operand<Number> operand;
    for (auto row = begin; row < end; row += step) {
      const auto count = std::min(end - row, step);
      gemm({operand.of(a + row * k, count * k), count, k}, packed, c + row * columns);
      if (plus != nullptr) add(c + row * columns, plus + row * columns, count * columns);
    }
  });
}

}  // namespace

template <typename Number>
void forward(const ConvShape& s, const float* x, const Number* weight, const float* plus, float* y) {
  const auto width = width_of(s);
  if (lies_in_patches(s)) return multiply(x, pixels_of(s), width, weight, s.out, plus, y);
  const auto step = rows_at_once(s);
  const PackedMatrix packed({weight, width, s.out}, std::min(step, s.n * s.y_h) * s.y_w);
  at::parallel_for(0, s.n * s.y_h, step, [&](std::int64_t begin, std::int64_t end) {
    Patches<Number> patches(s, step);
    for (auto row = begin; row < end; row += step) {
      const auto stop = std::min(end, row + step);
      const auto at = row * s.y_w * s.out, count = (stop - row) * s.y_w;
      gemm({patches.of(x, row, stop), count, width}, packed, y + at);
      if (plus != nullptr) add(y + at, plus + at, count * s.out);
    }
  });
}

template <typename Number>
void backward_data(const ConvShape& s, const float* grad_y, const Number* weight, float* grad_x) {
  const auto width = width_of(s);
  if (lies_in_patches(s)) return multiply(grad_y, pixels_of(s), s.out, weight, width, nullptr, grad_x);
  const auto step = std::min(rows_at_once(s), s.y_h);
  const PackedMatrix packed({weight, s.out, width}, step * s.y_w);
  at::parallel_for(0, s.n, 1, [&](std::int64_t first, std::int64_t last) {
    Operand<Number> grads;
    const std::unique_ptr<float[]> rows(new float[static_cast<std::size_t>(step * s.y_w * width)]);
    std::fill(grad_x + first * s.h * s.w * s.in, grad_x + last * s.h * s.w * s.in, 0.0F);
    for (auto row = first * s.y_h; row < last * s.y_h; row += step) {
      const auto stop = std::min(last * s.y_h, row + step), count = (stop - row) * s.y_w;
      const auto* grad = grads.of(grad_y + row * s.y_w * s.out, count * s.out);
      gemm({grad, count, s.out}, packed, rows.get());
      scatter(s, rows.get(), row, stop, grad_x);
    }
  });
}

template <typename Number>
void backward_weight(const ConvShape& s, const float* x, const float* grad_y, float* grad_weight) {
  const auto width = width_of(s);
  const auto step = rows_at_once(s), total = s.n * s.y_h;
  // One partial sum per thread, in the order of the rows: the same bytes every time.
  const auto shares = std::clamp<std::int64_t>((total + step - 1) / step, 1, threads_that_share());
  const auto share = (total + shares - 1) / shares;
  std::vector<float> partial(static_cast<std::size_t>((shares - 1) * width * s.out));
  const auto sum = [&](std::int64_t k) {
    return k == 0 ? grad_weight : partial.data() + (k - 1) * width * s.out;
  };
  at::parallel_for(0, shares, 1, [&](std::int64_t first, std::int64_t last) {
    Patches<Number> patches(s, step);
    Operand<Number> grads;
    for (auto k = first; k < last; ++k) {
      const auto begin = k * share, end = std::min(total, begin + share);
      if (begin >= end) std::fill_n(sum(k), width * s.out, 0.0F);
      for (auto row = begin; row < end; row += step) {
        const auto stop = std::min(end, row + step), count = (stop - row) * s.y_w;
        gemm(transposed({patches.of(x, row, stop), count, width}),
             {grads.of(grad_y + row * s.y_w * s.out, count * s.out), count, s.out}, sum(k),
             {.add = row != begin});
      }
    }
  });
  for (std::int64_t k = 1; k < shares; ++k) add(grad_weight, sum(k), width * s.out);
}

template void forward(const ConvShape&, const float*, const float*, const float*, float*);
template void forward(const ConvShape&, const float*, const c10::BFloat16*, const float*, float*);
template void backward_data(const ConvShape&, const float*, const float*, float*);
template void backward_data(const ConvShape&, const float*, const c10::BFloat16*, float*);
template void backward_weight<float>(const ConvShape&, const float*, const float*, float*);
template void backward_weight<c10::BFloat16>(const ConvShape&, const float*, const float*, float*);

}  // namespace pushforward::ops::patches
