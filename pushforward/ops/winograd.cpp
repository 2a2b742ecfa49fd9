#include "pushforward/ops/winograd.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "pushforward/ops/gemm.h"
#include "pushforward/ops/winograd_tiles.h"

namespace pushforward::ops::winograd {
namespace {

constexpr std::int64_t phases = 4;  // even and odd rows × even and odd columns
constexpr std::int64_t taps = 16;   // of the 4×4 kernel
constexpr std::int64_t products = filter::points * filter::points;  // of a tile

/// Floats of transformed tiles that are worked on at a time: more would leave the last-level cache.
constexpr std::int64_t scratch = 4 << 20;

using Buffer = std::unique_ptr<float[]>;

Buffer buffer(std::int64_t size) {
  return Buffer(new float[static_cast<std::size_t>(size)]);
}

template <typename Body>
void parallel(std::int64_t count, const Body& body) {
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) body(i);
  });
}

/// The places place(row, column) of an n × n tile.
template <std::size_t n, typename Place>
auto places(const Place& place) {
  std::array<decltype(place(0, 0)), n * n> all;
  for (std::size_t k = 0; k < n * n; ++k)
    all[k] = place(static_cast<std::int64_t>(k / n), static_cast<std::int64_t>(k % n));
  return all;
}

template <std::size_t n>
std::array<const float*, n> constant(const std::array<float*, n>& all) {
  std::array<const float*, n> same;
  std::copy(all.begin(), all.end(), same.begin());
  return same;
}

/// Where tile (i, j) of one image reads and writes, here i = j = 1 of h = w = 5. The padded x has a phase for
/// each parity of row and column, 4 images of (h + 1) × (w + 1): phase p at (r, c) is x at row 2r + p/2 − 1,
/// column 2c + p%2 − 1. The tile reads 3 × 3 of each phase, from (2i, 2j) on, and writes 2 × 2 of y:
///
///     padded x, phases 0 1       phase p, (h + 1) × (w + 1)      y, h × w
///     of row and column 2 3
///                                  c 0 1 2 3 4 5                 0 1 2 3 4 (5)
///      0 1 0 1 0 1 …             r 0 · · ┆ · ┆ ·               0 · · ┆ · · ┆ ·
///      2 3 2 3 2 3 …               1 · · ┆ · ┆ ·               1 · · ┆ · · ┆ ·
///      0 1 0 1 0 1 …      →        2 ┄ ┄ █ █ █ ·       →       2 ┄ ┄ █ █ ┄ ┄
///      2 3 2 3 2 3 …               3 · · █ █ █ ·               3 · · █ █ · ·
///      …                           4 ┄ ┄ █ █ █ ·               4 ┄ ┄ ┄ ┄ · ·
///      (edge: padding)             5 · · · · · ·              (5)· · · · beyond y
///
/// Neighbouring tiles of a phase share a row or column of 3 × 3; those of y share none. In v and m the points
/// of a tile lie far apart, one plane of all tiles for each, so that each plane is a factor of one product:
///
///     v [point 0 … 8][tile of all images, row by row][phase 0 … 3][channel of x]
///     m [point 0 … 8][tile of all images, row by row][channel of y]
///
/// The tiles of some images on their way: v, the transformed inputs [9, tiles, 4·in], m, the products or
/// transformed outputs [9, tiles, out]. `part` is how many images fit. What a tile has beyond the edge
/// of an image is read as zero and written nowhere.
class Tiles {
 public:
  explicit Tiles(const Shape& shape)
      : s_(shape),
        rows_((shape.h + filter::outputs - 1) / filter::outputs),
        columns_((shape.w + filter::outputs - 1) / filter::outputs),
        wide_(phases * shape.in),
        part_(std::clamp<std::int64_t>(scratch / (products * rows_ * columns_ * (wide_ + shape.out)), 1,
                                       shape.n)),
        v_(buffer(products * part_ * rows_ * columns_ * wide_)),
        m_(buffer(products * part_ * rows_ * columns_ * shape.out)),
        zeros_(static_cast<std::size_t>(std::max(shape.in, shape.out)), 0.0F) {}

  /// Selects images from `first` on; false when there are none.
  bool select(std::int64_t first) {
    first_ = first;
    images_ = std::min(part_, s_.n - first);
    return images_ > 0;
  }
  std::int64_t next() const { return first_ + images_; }
  std::int64_t count() const { return images_ * rows_ * columns_; }
  float* v() { return v_.get(); }
  float* m() { return m_.get(); }

  /// v = Bᵀ d B.
  void read_x(const float* x) {
    each([&](std::int64_t image, std::int64_t tile, std::int64_t i, std::int64_t j, float*) {
      for (std::int64_t phase = 0; phase < phases; ++phase)
        sandwich<filter::bt>(places<filter::points>([&](std::int64_t a, std::int64_t b) {
                               const auto at = input(image, i + a, j + b, phase);
                               return at < 0 ? zeros_.data() : x + at;
                             }),
                             transformed_input(tile, phase), s_.in);
    });
  }

  /// d = B v Bᵀ, summed where tiles overlap.
  void write_x(float* x) {
    const auto image_size = 4 * s_.h * s_.w * s_.in;
    parallel(images_,
             [&](std::int64_t image) { std::fill_n(x + (first_ + image) * image_size, image_size, 0.0F); });
    each([&](std::int64_t image, std::int64_t tile, std::int64_t i, std::int64_t j, float* nowhere) {
      for (std::int64_t phase = 0; phase < phases; ++phase)
        sandwich<filter::b, true>(constant(transformed_input(tile, phase)),
                                  places<filter::points>([&](std::int64_t a, std::int64_t b) {
                                    const auto at = input(image, i + a, j + b, phase);
                                    return at < 0 ? nowhere : x + at;
                                  }),
                                  s_.in);
    });
  }

  /// m = A y Aᵀ.
  void read_y(const float* y) {
    each([&](std::int64_t image, std::int64_t tile, std::int64_t i, std::int64_t j, float*) {
      sandwich<filter::a>(places<filter::outputs>([&](std::int64_t a, std::int64_t b) {
                            const auto at = output(image, i + a, j + b);
                            return at < 0 ? zeros_.data() : y + at;
                          }),
                          transformed_output(tile), s_.out);
    });
  }

  /// y = Aᵀ m A.
  void write_y(float* y) {
    each([&](std::int64_t image, std::int64_t tile, std::int64_t i, std::int64_t j, float* nowhere) {
      sandwich<filter::at>(constant(transformed_output(tile)),
                           places<filter::outputs>([&](std::int64_t a, std::int64_t b) {
                             const auto at = output(image, i + a, j + b);
                             return at < 0 ? nowhere : y + at;
                           }),
                           s_.out);
    });
  }

 private:
  /// Calls work(image, tile, row, column, nowhere) for every tile, which starts at that row and column of y
  /// and of each phase of x.
  template <typename Work>
  void each(const Work& work) const {
    parallel(images_, [&](std::int64_t image) {
      auto nowhere = zeros_;
      for (std::int64_t i = 0; i < rows_; ++i)
        for (std::int64_t j = 0; j < columns_; ++j)
          work(image, (image * rows_ + i) * columns_ + j, i * filter::outputs, j * filter::outputs,
               nowhere.data());
    });
  }

  std::array<float*, products> transformed_input(std::int64_t tile, std::int64_t phase) {
    return places<filter::points>([&](std::int64_t a, std::int64_t b) {
      return v() + ((a * filter::points + b) * count() + tile) * wide_ + phase * s_.in;
    });
  }
  std::array<float*, products> transformed_output(std::int64_t tile) {
    return places<filter::points>([&](std::int64_t a, std::int64_t b) {
      return m() + ((a * filter::points + b) * count() + tile) * s_.out;
    });
  }

  /// Where (row, column) of a phase of the padded x is in x, or −1 when it is padding.
  std::int64_t input(std::int64_t image, std::int64_t row, std::int64_t column, std::int64_t phase) const {
    const auto i = 2 * row + phase / 2 - 1, j = 2 * column + phase % 2 - 1;
    if (i < 0 || i >= 2 * s_.h || j < 0 || j >= 2 * s_.w) return -1;
    return (((first_ + image) * 2 * s_.h + i) * 2 * s_.w + j) * s_.in;
  }
  /// Where (row, column) is in y, or −1 beyond it.
  std::int64_t output(std::int64_t image, std::int64_t row, std::int64_t column) const {
    if (row >= s_.h || column >= s_.w) return -1;
    return (((first_ + image) * s_.h + row) * s_.w + column) * s_.out;
  }

  Shape s_;
  std::int64_t rows_, columns_, wide_, part_;
  std::int64_t first_ = 0, images_ = 0;
  Buffer v_, m_;
  std::vector<float> zeros_;
};

enum class Left { as_it_lies, is_transposed };

/// Makes one product for each point, its rows shared among the threads: c [9, rows, n] = a [9, rows, k] ·
/// b [9, k, n], added to c where `add`; a lies so, or is transposed and lies [9, k, rows].
void multiply(Left left, std::int64_t rows, std::int64_t n, std::int64_t k, const float* a, const float* b,
              float* c, bool add = false) {
  const auto share = (rows + at::get_num_threads() - 1) / at::get_num_threads();
  const auto shares = (rows + share - 1) / share;
  parallel(products * shares, [&](std::int64_t task) {
    const auto point = task / shares, begin = task % shares * share, end = std::min(rows, begin + share);
    const auto* from = a + point * rows * k;
    gemm(left == Left::as_it_lies ? Matrix(from + begin * k, end - begin, k)
                                  : transposed(Matrix(from + begin, k, end - begin, rows)),
         {b + point * k * n, k, n}, c + point * rows * n + begin * n, {.add = add});
  });
}

/// Transformed kernels lie [9, 4·in, out] or [9, out, 4·in]: the faster for a product that they
/// multiply from the right.
enum class RowOrder { inputs, outputs };

constexpr std::int64_t run = 32;  // kernels at a time

/// The kernels [out, in, 4, 4] beside their transforms u: calls work(first, step, places, size) for runs of
/// neighbours in u, where `first` is the first of the 2×2 taps of a phase in `weight`, `step` leads to the
/// next kernel's, and places are those in u.
template <typename Work>
void each_kernel(const Shape& s, RowOrder rows, float* u, const Work& work) {
  const auto wide = phases * s.in;
  const auto one = [&](std::int64_t o, std::int64_t c, std::int64_t phase) {
    const bool by_input = rows == RowOrder::inputs;
    const auto row = phase * s.in + c;
    work((o * s.in + c) * taps + 4 * (phase / 2) + phase % 2, by_input ? s.in * taps : taps,
         places<filter::points>([&](std::int64_t a, std::int64_t b) {
           return u + (a * filter::points + b) * wide * s.out + (by_input ? row * s.out + o : o * wide + row);
         }),
         std::min(run, by_input ? s.out - o : s.in - c));
  };
  if (rows == RowOrder::outputs)
    return parallel(s.out, [&](std::int64_t o) {
      for (std::int64_t c = 0; c < s.in; c += run)
        for (std::int64_t phase = 0; phase < phases; ++phase) one(o, c, phase);
    });
  // The kernels of a run lie far apart, a page each: all phases and neighbouring c are taken from it.
  at::parallel_for(0, s.in, 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = 0; o < s.out; o += run)
      for (auto c = begin; c < end; ++c)
        for (std::int64_t phase = 0; phase < phases; ++phase) one(o, c, phase);
  });
}

/// The 2×2 taps of a run of kernels, gathered.
class Taps {
 public:
  void read(const float* weight, std::int64_t step, std::int64_t size) {
    each(step, size, [&](float& tap, std::int64_t at) { tap = weight[at]; });
  }
  void write(float* weight, std::int64_t step, std::int64_t size) {
    each(step, size, [&](float tap, std::int64_t at) { weight[at] = tap; });
  }
  std::array<float*, 4> places() { return {&taps_[0], &taps_[run], &taps_[2 * run], &taps_[3 * run]}; }

 private:
  template <typename Work>
  void each(std::int64_t step, std::int64_t size, const Work& work) {
    for (std::int64_t k = 0; k < 4; ++k)
      for (std::int64_t i = 0; i < size; ++i)
        work(taps_[static_cast<std::size_t>(k * run + i)], 8 * (k / 2) + 2 * (k % 2) + i * step);
  }
  std::array<float, 4 * run> taps_;
};

/// u = G g Gᵀ.
Buffer transformed(const Shape& s, RowOrder rows, const float* weight) {
  auto u = buffer(filter::points * filter::points * phases * s.in * s.out);
  each_kernel(s, rows, u.get(),
              [&](std::int64_t first, std::int64_t step, const auto& to, std::int64_t size) {
                Taps g;
                g.read(weight + first, step, size);
                sandwich<filter::g>(constant(g.places()), to, size);
              });
  return u;
}

/// g = Gᵀ u G.
void write_kernels(const Shape& s, RowOrder rows, float* u, float* weight) {
  each_kernel(s, rows, u, [&](std::int64_t first, std::int64_t step, const auto& from, std::int64_t size) {
    Taps g;
    sandwich<filter::gt>(constant(from), g.places(), size);
    g.write(weight + first, step, size);
  });
}

}  // namespace

void forward(const Shape& s, const float* x, const float* weight, float* y) {
  const auto u = transformed(s, RowOrder::inputs, weight);
  Tiles tiles(s);
  for (std::int64_t first = 0; tiles.select(first); first = tiles.next()) {
    tiles.read_x(x);
    multiply(Left::as_it_lies, tiles.count(), s.out, phases * s.in, tiles.v(), u.get(), tiles.m());
    tiles.write_y(y);
  }
}

void backward_data(const Shape& s, const float* grad_y, const float* weight, float* grad_x) {
  const auto u = transformed(s, RowOrder::outputs, weight);
  Tiles tiles(s);
  for (std::int64_t first = 0; tiles.select(first); first = tiles.next()) {
    tiles.read_y(grad_y);
    multiply(Left::as_it_lies, tiles.count(), phases * s.in, s.out, tiles.m(), u.get(), tiles.v());
    tiles.write_x(grad_x);
  }
}

void backward_weight(const Shape& s, const float* x, const float* grad_y, float* grad_weight) {
  const auto u = buffer(products * s.out * phases * s.in);
  Tiles tiles(s);
  for (std::int64_t first = 0; tiles.select(first); first = tiles.next()) {
    tiles.read_x(x);
    tiles.read_y(grad_y);
    multiply(Left::is_transposed, s.out, phases * s.in, tiles.count(), tiles.m(), tiles.v(), u.get(),
             first > 0);
  }
  write_kernels(s, RowOrder::outputs, u.get(), grad_weight);
}

}  // namespace pushforward::ops::winograd
