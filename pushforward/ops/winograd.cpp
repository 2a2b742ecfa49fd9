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

constexpr std::int64_t points = 9;  // products of a tile, 3 × 3
constexpr std::int64_t phases = 4;  // even and odd rows × even and odd columns
constexpr std::int64_t taps = 16;   // of the 4×4 kernel

/// Floats of transformed tiles that are worked on at a time: more would leave the last-level cache.
constexpr std::int64_t scratch = 4 << 20;

using Buffer = std::unique_ptr<float[]>;

Buffer buffer(std::int64_t size) {
  return Buffer(new float[static_cast<std::size_t>(size)]);
}

/// Where a phase's taps begin within a kernel.
constexpr std::int64_t first_tap(std::int64_t phase) {
  return 4 * (phase / 2) + phase % 2;
}

template <typename Body>
void parallel(std::int64_t count, const Body& body) {
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) body(i);
  });
}

/// The tiles of some images on their way: v, the transformed inputs [9, tiles, 4·in], m, the products or
/// transformed outputs [9, tiles, out]. `part` is how many images fit.
class Tiles {
 public:
  explicit Tiles(const Shape& shape)
      : s_(shape),
        rows_(shape.h / 2),
        columns_(shape.w / 2),
        wide_(phases * shape.in),
        part_(std::clamp<std::int64_t>(scratch / (points * rows_ * columns_ * (wide_ + shape.out)), 1,
                                       shape.n)),
        v_(buffer(points * part_ * rows_ * columns_ * wide_)),
        m_(buffer(points * part_ * rows_ * columns_ * shape.out)),
        zeros_(static_cast<std::size_t>(shape.in), 0.0F) {}

  /// Selects images from `first` on; false when there are none.
  bool select(std::int64_t first) {
    first_ = first;
    images_ = std::min(part_, s_.n - first);
    return images_ > 0;
  }
  std::int64_t next() const { return first_ + images_; }
  std::int64_t count() const { return images_ * rows_ * columns_; }

  const float* v(std::int64_t point) const { return v_.get() + point * count() * wide_; }
  const float* m(std::int64_t point) const { return m_.get() + point * count() * s_.out; }
  float* v(std::int64_t point) { return v_.get() + point * count() * wide_; }
  float* m(std::int64_t point) { return m_.get() + point * count() * s_.out; }

  void read_x(const float* x) {
    each([&](std::int64_t image, std::int64_t tile, std::int64_t i, std::int64_t j) {
      for (std::int64_t phase = 0; phase < phases; ++phase) {
        std::array<const float*, 9> d;
        for (std::int64_t a = 0; a < 3; ++a)
          for (std::int64_t b = 0; b < 3; ++b) {
            const auto at = place(image, 2 * i + a, 2 * j + b, phase);
            d[static_cast<std::size_t>(3 * a + b)] = at < 0 ? zeros_.data() : x + at;
          }
        input_tile(d, v(0) + tile * wide_ + phase * s_.in, count() * wide_, s_.in);
      }
    });
  }

  void write_y(float* y) const {
    each([&](std::int64_t image, std::int64_t tile, std::int64_t i, std::int64_t j) {
      auto* corner = y + output(image, i, j);
      const auto row = s_.w * s_.out;
      output_tile(m(0) + tile * s_.out, count() * s_.out,
                  {corner, corner + s_.out, corner + row, corner + row + s_.out}, s_.out);
    });
  }

  void read_y(const float* y) {
    each([&](std::int64_t image, std::int64_t tile, std::int64_t i, std::int64_t j) {
      const auto* corner = y + output(image, i, j);
      const auto row = s_.w * s_.out;
      output_tile_back({corner, corner + s_.out, corner + row, corner + row + s_.out}, m(0) + tile * s_.out,
                       count() * s_.out, s_.out);
    });
  }

  void write_x(float* x) {
    parallel(images_, [&](std::int64_t image) {
      std::vector<float> nowhere(static_cast<std::size_t>(s_.in));
      for (std::int64_t i = 0; i <= rows_; ++i)
        for (std::int64_t j = 0; j <= columns_; ++j)
          for (std::int64_t phase = 0; phase < phases; ++phase) {
            // Products k of tile (i, j), or zeros where there is no such tile.
            const auto product = [&](std::int64_t k, std::int64_t row, std::int64_t column) -> const float* {
              if (row < 0 || row >= rows_ || column < 0 || column >= columns_) return zeros_.data();
              return v(k) + ((image * rows_ + row) * columns_ + column) * wide_ + phase * s_.in;
            };
            std::array<const float*, 9> here;
            for (std::int64_t k = 0; k < 9; ++k) here[static_cast<std::size_t>(k)] = product(k, i, j);
            const Neighbours near{.above = {product(6, i - 1, j), product(7, i - 1, j), product(8, i - 1, j)},
                                  .left = {product(2, i, j - 1), product(5, i, j - 1), product(8, i, j - 1)},
                                  .corner = product(8, i - 1, j - 1)};
            std::array<float*, 4> to;
            for (std::int64_t a = 0; a < 2; ++a)
              for (std::int64_t b = 0; b < 2; ++b) {
                const auto at = place(image, 2 * i + a, 2 * j + b, phase);
                to[static_cast<std::size_t>(2 * a + b)] = at < 0 ? nowhere.data() : x + at;
              }
            input_tile_back(here, near, to, s_.in);
          }
    });
  }

 private:
  template <typename Work>
  void each(const Work& work) const {
    parallel(images_, [&](std::int64_t image) {
      for (std::int64_t i = 0; i < rows_; ++i)
        for (std::int64_t j = 0; j < columns_; ++j) work(image, (image * rows_ + i) * columns_ + j, i, j);
    });
  }

  /// Where (row, column) of a phase of the padded x is in x, or −1 when it is padding.
  std::int64_t place(std::int64_t image, std::int64_t row, std::int64_t column, std::int64_t phase) const {
    const auto i = 2 * row + phase / 2 - 1, j = 2 * column + phase % 2 - 1;
    if (i < 0 || i >= 2 * s_.h || j < 0 || j >= 2 * s_.w) return -1;
    return (((first_ + image) * 2 * s_.h + i) * 2 * s_.w + j) * s_.in;
  }
  std::int64_t output(std::int64_t image, std::int64_t i, std::int64_t j) const {
    return (((first_ + image) * s_.h + 2 * i) * s_.w + 2 * j) * s_.out;
  }

  Shape s_;
  std::int64_t rows_, columns_, wide_, part_;
  std::int64_t first_ = 0, images_ = 0;
  Buffer v_, m_;
  std::vector<float> zeros_;
};

/// One product for each of the nine points, their rows shared among the threads:
/// c [9, rows, n] = op(a) [9, rows, k] · b [9, k, n], added to c where `add`.
void products(char trans_a, std::int64_t rows, std::int64_t n, std::int64_t k, const float* a, const float* b,
              float* c, bool add = false) {
  const auto share = (rows + at::get_num_threads() - 1) / at::get_num_threads();
  const auto shares = (rows + share - 1) / share;
  parallel(points * shares, [&](std::int64_t task) {
    const auto point = task / shares, begin = task % shares * share, end = std::min(rows, begin + share);
    const auto* from = a + point * rows * k + begin * (trans_a == 'N' ? k : 1);
    gemm(trans_a, 'N', end - begin, n, k, from, trans_a == 'N' ? k : rows, b + point * k * n, n,
         c + point * rows * n + begin * n, n, {}, {}, add ? 1.0F : 0.0F);
  });
}

/// Calls work(c, o, phase, size) for the kernels from channel c to channels [o, o + size). Such kernels lie
/// far apart, a page each: few are taken at a time, in all phases and for neighbouring c.
template <typename Work>
void each_kernel(const Shape& s, const Work& work) {
  constexpr std::int64_t size = 32;
  at::parallel_for(0, s.in, 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = 0; o < s.out; o += size)
      for (auto c = begin; c < end; ++c)
        for (std::int64_t phase = 0; phase < phases; ++phase) work(c, o, phase, std::min(size, s.out - o));
  });
}

}  // namespace

void forward(const Shape& s, const float* x, const float* weight, float* y) {
  const auto wide = phases * s.in;
  const auto u = buffer(points * wide * s.out);  // [9, 4·in, out]
  each_kernel(s, [&](std::int64_t c, std::int64_t o, std::int64_t phase, std::int64_t size) {
    kernels(weight + (o * s.in + c) * taps + first_tap(phase), s.in * taps,
            u.get() + (phase * s.in + c) * s.out + o, wide * s.out, size);
  });
  Tiles tiles(s);
  for (std::int64_t first = 0; tiles.select(first); first = tiles.next()) {
    tiles.read_x(x);
    products('N', tiles.count(), s.out, wide, tiles.v(0), u.get(), tiles.m(0));
    tiles.write_y(y);
  }
}

void backward_data(const Shape& s, const float* grad_y, const float* weight, float* grad_x) {
  const auto wide = phases * s.in;
  const auto u = buffer(points * s.out * wide);  // [9, out, 4·in]
  parallel(s.out, [&](std::int64_t o) {
    for (std::int64_t phase = 0; phase < phases; ++phase)
      kernels(weight + o * s.in * taps + first_tap(phase), taps, u.get() + o * wide + phase * s.in,
              s.out * wide, s.in);
  });
  Tiles tiles(s);
  for (std::int64_t first = 0; tiles.select(first); first = tiles.next()) {
    tiles.read_y(grad_y);
    products('N', tiles.count(), wide, s.out, tiles.m(0), u.get(), tiles.v(0));
    tiles.write_x(grad_x);
  }
}

void backward_weight(const Shape& s, const float* x, const float* grad_y, float* grad_weight) {
  const auto wide = phases * s.in;
  const auto u = buffer(points * wide * s.out);  // [9, 4·in, out]
  Tiles tiles(s);
  for (std::int64_t first = 0; tiles.select(first); first = tiles.next()) {
    tiles.read_x(x);
    tiles.read_y(grad_y);
    products('T', wide, s.out, tiles.count(), tiles.v(0), tiles.m(0), u.get(), first > 0);
  }
  each_kernel(s, [&](std::int64_t c, std::int64_t o, std::int64_t phase, std::int64_t size) {
    kernels_back(u.get() + (phase * s.in + c) * s.out + o, wide * s.out,
                 grad_weight + (o * s.in + c) * taps + first_tap(phase), s.in * taps, size);
  });
}

}  // namespace pushforward::ops::winograd
