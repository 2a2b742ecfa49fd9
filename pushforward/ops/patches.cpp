#include "pushforward/ops/patches.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <type_traits>
#include <vector>

#include "pushforward/ops/add.h"
#include "pushforward/ops/gemm.h"
#include "pushforward/ops/parallel.h"
#include "pushforward/ops/precision.h"
#include "pushforward/ops/simd.h"

namespace pushforward::ops::patches {
namespace {

/// Numbers of patches that a thread works on at a time: about half of a second-level cache, or enough to make
/// up for reading a large matrix B.
std::int64_t scratch_for(std::int64_t numbers_of_b) {
  constexpr std::int64_t least = 1 << 17, most = 1 << 19;
  return std::clamp(numbers_of_b / 4, least, most);
}

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

template <typename Number>
void gather(const ConvShape& s, const Number* x, std::int64_t begin, std::int64_t end, Number* rows) {
  runs(
      s, begin, end,
      [&](std::int64_t at, std::int64_t from, std::int64_t size) { std::copy_n(x + from, size, rows + at); },
      [&](std::int64_t at, std::int64_t size) { std::fill_n(rows + at, size, Number{}); });
}

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
  Matrix of(const Number* x, std::int64_t begin, std::int64_t end) {
    const auto& s = shape_;
    const auto rows = (end - begin) * s.y_w;
    if (!patches_) return {x + begin * s.y_w * width_of(s), rows, width_of(s)};
    gather(s, x, begin, end, patches_.get());
    return {patches_.get(), rows, width_of(s)};
  }

 private:
  const ConvShape& shape_;
  std::unique_ptr<Number[]> patches_;
};

void scatter(const ConvShape& s, const float* rows, std::int64_t begin, std::int64_t end, float* x) {
  runs(
      s, begin, end,
      [&](std::int64_t at, std::int64_t to, std::int64_t size) { add(x + to, rows + at, size); },
      [](std::int64_t, std::int64_t) {});
}

/// Output rows (of images' pixels) that fit the scratch.
std::int64_t rows_at_once(const ConvShape& s) {
  return std::max<std::int64_t>(1, scratch_for(width_of(s) * s.out) / (s.y_w * width_of(s)));
}

std::int64_t rows_of_a_part(const ConvShape& s) {
  return std::min(rows_at_once(s), s.n * s.y_h);
}

/// to[k][c] = from[c][taps[k]], from [channels, size].
PF_SIMD_CLONES void tap_by_tap(const float* from, const std::int64_t* taps, std::int64_t count,
                               std::int64_t channels, std::int64_t size, float* to) {
  for (std::int64_t k = 0; k < count; ++k) {
    const auto* tap = from + taps[k];
#pragma omp simd
    for (std::int64_t c = 0; c < channels; ++c) to[k * channels + c] = tap[c * size];
  }
}

/// to[c][k] = from[k][c], to [channels, size].
PF_SIMD_CLONES void channel_by_channel(const float* from, std::int64_t channels, std::int64_t size,
                                       float* to) {
  for (std::int64_t c = 0; c < channels; ++c) {
#pragma omp simd
    for (std::int64_t k = 0; k < size; ++k) to[c * size + k] = from[k * channels + c];
  }
}

std::vector<std::int64_t> all_taps(const ConvShape& s) {
  std::vector<std::int64_t> taps(static_cast<std::size_t>(s.rows * s.columns));
  std::iota(taps.begin(), taps.end(), std::int64_t{0});
  return taps;
}

/// Some taps of a weight [out, in, rows, columns], rounded to Number, so that the inputs of an output and a
/// tap lie together: as many numbers as told from one output and tap to the next.
template <typename Number>
std::unique_ptr<Number[]> laid_out(const ConvShape& s, const float* weight,
                                   const std::vector<std::int64_t>& taps, std::int64_t from_out,
                                   std::int64_t from_tap) {
  const auto count = static_cast<std::int64_t>(taps.size()), size = s.rows * s.columns;
  std::unique_ptr<Number[]> numbers(new Number[static_cast<std::size_t>(count * s.in * s.out)]);
  at::parallel_for(0, s.out, 8, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> of_output(static_cast<std::size_t>(count * s.in));
    for (auto o = begin; o < end; ++o) {
      tap_by_tap(weight + o * s.in * size, taps.data(), count, s.in, size, of_output.data());
      for (std::int64_t k = 0; k < count; ++k) {
        const auto* row = of_output.data() + k * s.in;
        auto* to = numbers.get() + o * from_out + k * from_tap;
        if constexpr (std::is_same_v<Number, float>)
          std::copy_n(row, s.in, to);
        else
          round_to_bfloat16(row, s.in, to);
      }
    }
  });
  return numbers;
}

/// Makes patches · B, in parts of the output's rows: in `y` or, where that is null, in a thread's own memory,
/// and calls done(first row, the one behind the last, the product).
template <typename Number, typename Done>
void multiply_patches(const ConvShape& s, const Number* x, const PackedMatrix& b, float* y,
                      const Done& done) {
  const auto step = rows_of_a_part(s);
  Tasks parts((s.n * s.y_h + step - 1) / step);
  parts.run([&] {
    Patches<Number> patches(s, step);
    const std::unique_ptr<float[]> own(
        y == nullptr ? new float[static_cast<std::size_t>(step * s.y_w * s.out)] : nullptr);
    for (std::int64_t part = 0; parts.take(part);) {
      const auto row = part * step, stop = std::min(s.n * s.y_h, row + step);
      auto* to = y == nullptr ? own.get() : y + row * s.y_w * s.out;
      gemm(patches.of(x, row, stop), b, to);
      done(row, stop, to);
    }
  });
}

/// Along one axis: the pixels of x whose place in the padded image is `phase` modulo the stride. The taps
/// that reach them read every `dilation`th pixel of grad_y.
struct Phase {
  Phase(std::int64_t phase, std::int64_t size, std::int64_t taps_of_kernel, std::int64_t before,
        const ConvShape& s) {
    for (auto tap = taps_of_kernel; tap-- > 0;)  // the last reads the first pixel
      if ((phase - tap * s.dilation) % s.stride == 0) taps.push_back(tap);
    const auto behind = [&](std::int64_t place) {  // the quotients below
      return place < 0 ? -(-place / s.stride) : (place + s.stride - 1) / s.stride;
    };
    const auto begin = behind(before - phase);
    pixels = behind(size + before - phase) - begin;
    first = s.stride * begin + phase - before;
    if (!taps.empty()) padding = (taps.front() * s.dilation - phase) / s.stride - begin;
  }

  std::vector<std::int64_t> taps;
  std::int64_t first, pixels;  // of x
  std::int64_t padding = 0;    // of grad_y
};

/// A phase of grad_x, for rows and for columns: a convolution of grad_y.
struct PhaseOfImage {
  PhaseOfImage(std::int64_t number, const ConvShape& s)
      : rows(number / s.stride, s.h, s.rows, s.top, s),
        columns(number % s.stride, s.w, s.columns, s.left, s),
        shape{.n = s.n,
              .h = s.y_h,
              .w = s.y_w,
              .in = s.out,
              .out = s.in,
              .rows = static_cast<std::int64_t>(rows.taps.size()),
              .columns = static_cast<std::int64_t>(columns.taps.size()),
              .stride = 1,
              .dilation = s.dilation / std::gcd(s.stride, s.dilation),
              .top = rows.padding,
              .left = columns.padding,
              .y_h = rows.pixels,
              .y_w = columns.pixels} {
    for (const auto a : rows.taps)
      for (const auto b : columns.taps) taps.push_back(a * s.columns + b);
  }
  bool is_empty() const { return shape.y_h <= 0 || shape.y_w <= 0; }

  Phase rows, columns;
  ConvShape shape;
  std::vector<std::int64_t> taps;
};

/// How the gradient of x is made.
enum class BackwardWay { as_it_lies, gathered, scattered };
BackwardWay backward_way(const ConvShape& s) {
  constexpr std::int64_t few = 4;  // times fewer channels in x, where sums cost less than patches of grad_y
  if (lies_in_patches(s)) return BackwardWay::as_it_lies;
  return few * s.in > s.out ? BackwardWay::gathered : BackwardWay::scattered;
}

/// grad_x, a phase of x after the other.
template <typename Number>
void gather_gradient(const ConvShape& s, const Number* grad_y,
                     const Weights<Number, ConvProduct::backward_data>& weights, float* grad_x) {
  for (std::int64_t k = 0; k < s.stride * s.stride; ++k) {
    const PhaseOfImage of_image(k, s);
    const auto& [rows, columns, phase, taps] = of_image;
    const auto pixel = [&, &rows = rows, &columns = columns, &phase = phase](std::int64_t row,
                                                                             std::int64_t j) {
      const auto image = row / phase.y_h, i = rows.first + row % phase.y_h * s.stride;
      return grad_x + ((image * s.h + i) * s.w + columns.first + j * s.stride) * s.in;
    };
    const auto put = [&, &phase = phase](std::int64_t begin, std::int64_t end, const float* product) {
      for (auto row = begin; row < end; ++row)
        for (std::int64_t j = 0; j < phase.y_w; ++j, product += s.in)
          std::copy_n(product, s.in, pixel(row, j));
    };
    if (of_image.is_empty()) continue;
    if (taps.empty()) {
      const std::vector<float> zeros(static_cast<std::size_t>(phase.y_w * s.in), 0.0F);
      for (std::int64_t row = 0; row < s.n * phase.y_h; ++row) put(row, row + 1, zeros.data());
      continue;
    }
    const auto& b = weights.matrix(k);
    if (s.stride == 1)
      multiply_patches(phase, grad_y, b, grad_x, [](std::int64_t, std::int64_t, const float*) {});
    else
      multiply_patches(phase, grad_y, b, nullptr, put);
  }
}

/// grad_x as the sum of products that lie as patches do: the better way where x has few channels.
template <typename Number>
void scatter_gradient(const ConvShape& s, const Number* grad_y, const PackedMatrix& b, float* grad_x) {
  const auto width = width_of(s);
  const auto step = std::min(rows_at_once(s), s.y_h);
  Tasks images(s.n);
  images.run([&] {
    const std::unique_ptr<float[]> rows(new float[static_cast<std::size_t>(step * s.y_w * width)]);
    for (std::int64_t image = 0; images.take(image);) {
      std::fill_n(grad_x + image * s.h * s.w * s.in, s.h * s.w * s.in, 0.0F);
      for (auto row = image * s.y_h; row < (image + 1) * s.y_h; row += step) {
        const auto stop = std::min((image + 1) * s.y_h, row + step), count = (stop - row) * s.y_w;
        gemm({grad_y + row * s.y_w * s.out, count, s.out}, b, rows.get());
        scatter(s, rows.get(), row, stop, grad_x);
      }
    }
  });
}

/// Rows at a time of a product with B [k, columns].
std::int64_t rows_of_a_part(std::int64_t rows, std::int64_t k, std::int64_t columns) {
  constexpr std::int64_t least = 64;  // rows that make up for reading B
  return std::min(rows, std::max(least, scratch_for(k * columns) / std::max(k, columns)));
}

/// C [rows, columns] = A B + plus, A [rows, k] as it lies in memory, plus as C or null: at once, or where B
/// is packed or something is added part by part.
template <typename Number>
void multiply(const Number* a, std::int64_t rows, const PackedMatrix& b, const float* plus, float* c) {
  const auto k = b.rows(), columns = b.columns();
  if (std::is_same_v<Number, float> && plus == nullptr) return gemm({a, rows, k}, b, c);
  const auto step = rows_of_a_part(rows, k, columns);
  Tasks parts((rows + step - 1) / step);
  parts.run([&] {
    for (std::int64_t part = 0; parts.take(part);) {
      const auto row = part * step, count = std::min(rows - row, step);
      gemm({a + row * k, count, k}, b, c + row * columns);
      if (plus != nullptr) add(c + row * columns, plus + row * columns, count * columns);
    }
  });
}

}  // namespace

template <typename Number, ConvProduct product>
Weights<Number, product>::Weights(const ConvShape& s, const float* weight) {
  const auto width = width_of(s);
  const auto add = [&](std::unique_ptr<Number[]> numbers, const Matrix& b, std::int64_t rows) {
    parts_.push_back({std::move(numbers), std::make_unique<PackedMatrix>(b, rows)});
  };
  const auto whole = [&] { return laid_out<Number>(s, weight, all_taps(s), width, s.in); };
  if constexpr (product == ConvProduct::forward) {
    auto numbers = whole();
    const auto b = transposed({numbers.get(), s.out, width});
    add(std::move(numbers), b,
        lies_in_patches(s) ? rows_of_a_part(pixels_of(s), width, s.out) : rows_of_a_part(s) * s.y_w);
    return;
  }
  const auto way = backward_way(s);
  if (way != BackwardWay::gathered) {
    auto numbers = whole();
    const Matrix b(numbers.get(), s.out, width);
    add(std::move(numbers), b,
        way == BackwardWay::as_it_lies ? rows_of_a_part(pixels_of(s), s.out, width)
                                       : std::min(rows_at_once(s), s.y_h) * s.y_w);
    return;
  }
  for (std::int64_t k = 0; k < s.stride * s.stride; ++k) {
    const PhaseOfImage phase(k, s);
    if (phase.taps.empty() || phase.is_empty()) {
      parts_.emplace_back();
      continue;
    }
    auto numbers = laid_out<Number>(s, weight, phase.taps, s.in, s.in * s.out);
    const Matrix b(numbers.get(), width_of(phase.shape), s.in);
    add(std::move(numbers), b, rows_of_a_part(phase.shape) * phase.shape.y_w);
  }
}

template <typename Number>
void forward(const ConvShape& s, const Number* x, const Weights<Number, ConvProduct::forward>& weights,
             const float* plus, float* y) {
  const auto& b = weights.matrix();
  if (lies_in_patches(s)) return multiply(x, pixels_of(s), b, plus, y);
  multiply_patches(s, x, b, y, [&](std::int64_t row, std::int64_t stop, float* made) {
    const auto size = s.y_w * s.out;
    if (plus != nullptr) add(made, plus + row * size, (stop - row) * size);
  });
}

template <typename Number>
void backward_data(const ConvShape& s, const Number* grad_y,
                   const Weights<Number, ConvProduct::backward_data>& weights, float* grad_x) {
  switch (backward_way(s)) {
    case BackwardWay::as_it_lies:
      return multiply(grad_y, pixels_of(s), weights.matrix(), nullptr, grad_x);
    case BackwardWay::gathered:
      return gather_gradient(s, grad_y, weights, grad_x);
    case BackwardWay::scattered:
      return scatter_gradient(s, grad_y, weights.matrix(), grad_x);
  }
}

template <typename Number>
void backward_weight(const ConvShape& s, const Number* x, const Number* grad_y, float* grad_weight) {
  const auto width = width_of(s);
  // Many pixels to a product: each one reads and writes all of the sum.
  const auto step = std::max<std::int64_t>(1, (1 << 19) / (s.y_w * width)), total = s.n * s.y_h;
  // Partial sums, in the order of the rows: the same bytes every time. Some for each thread, so that a slow
  // one makes fewer, but where they are much to add up.
  constexpr std::int64_t many = 1 << 20;  // numbers
  const auto threads = threads_that_share(), each = std::clamp<std::int64_t>(many / (width * s.out), 1, 4);
  const auto shares = std::clamp<std::int64_t>((total + step - 1) / step, 1, threads * each);
  const auto share = (total + shares - 1) / shares;
  const std::unique_ptr<float[]> sums(new float[static_cast<std::size_t>(shares * width * s.out)]);
  const auto sum = [&](std::int64_t k) { return sums.get() + k * width * s.out; };
  Tasks tasks(shares);
  tasks.run([&] {
    Patches<Number> patches(s, step);
    for (std::int64_t k = 0; tasks.take(k);) {
      const auto begin = k * share, end = std::min(total, begin + share);
      if (begin >= end) std::fill_n(sum(k), width * s.out, 0.0F);
      for (auto row = begin; row < end; row += step) {
        const auto stop = std::min(end, row + step), count = (stop - row) * s.y_w;
        gemm(transposed({grad_y + row * s.y_w * s.out, count, s.out}), patches.of(x, row, stop), sum(k),
             {.add = row != begin});
      }
    }
  });
  at::parallel_for(0, s.out, 8, [&](std::int64_t begin, std::int64_t end) {
    for (auto o = begin; o < end; ++o) {
      for (std::int64_t k = 1; k < shares; ++k) add(sum(0) + o * width, sum(k) + o * width, width);
      channel_by_channel(sum(0) + o * width, s.in, s.rows * s.columns, grad_weight + o * width);
    }
  });
}

#define PF_PATCHES(Number)                                                                             \
  template class Weights<Number, ConvProduct::forward>;                                                \
  template class Weights<Number, ConvProduct::backward_data>;                                          \
  template void forward(const ConvShape&, const Number*, const Weights<Number, ConvProduct::forward>&, \
                        const float*, float*);                                                         \
  template void backward_data(const ConvShape&, const Number*,                                         \
                              const Weights<Number, ConvProduct::backward_data>&, float*);             \
  template void backward_weight(const ConvShape&, const Number*, const Number*, float*)
PF_PATCHES(float);
PF_PATCHES(c10::BFloat16);
#undef PF_PATCHES

}  // namespace pushforward::ops::patches
