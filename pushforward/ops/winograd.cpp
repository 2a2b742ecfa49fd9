#include "pushforward/ops/winograd.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/ops/add.h"
#include "pushforward/ops/gemm.h"
#include "pushforward/ops/parallel.h"
#include "pushforward/ops/winograd_tiles.h"

namespace pushforward::ops::winograd {
namespace {

using Buffer = std::unique_ptr<float[]>;

Buffer buffer(std::int64_t size) {
  return Buffer(new float[static_cast<std::size_t>(size)]);
}

/// Filters for rows and for columns, of each phase.
template <typename RowFilter, typename ColumnFilter, std::int64_t stride_>
struct Method {
  using Rows = RowFilter;
  using Columns = ColumnFilter;
  static constexpr std::int64_t stride = stride_, phases = stride * stride;
  static constexpr std::int64_t rows = stride * Rows::taps, columns = stride * Columns::taps;  // of a kernel
  static constexpr std::int64_t points = Rows::points * Columns::points;                       // of a tile
  static constexpr std::int64_t taps = Rows::taps * Columns::taps;                             // of a phase

  static bool has(const ConvShape& s) {
    return s.stride == stride && s.rows == rows && s.columns == columns && (stride == 1 || s.dilation == 1);
  }
};

using TwoTaps = Filter<2, 2, 0, 4>;
using ThreeTaps = Filter<4, 3, 0, 3, -3, 6, -6>;

/// Calls work(method) for the method of such a convolution; false where there is none.
template <typename Work>
bool with_method(const ConvShape& s, const Work& work) {
  const auto one = [&](auto method) {
    if (!method.has(s)) return false;
    work(method);
    return true;
  };
  return one(Method<TwoTaps, TwoTaps, 2>()) || one(Method<ThreeTaps, ThreeTaps, 1>()) ||
         one(Method<TwoTaps, ThreeTaps, 1>());
}

template <typename M>
std::int64_t size_of_kernels(const ConvShape& s) {
  return M::points * M::phases * s.in * s.out;
}

/// Where tiles of `outputs` pixels, `dilation` apart, begin along an axis of y.
std::vector<std::int64_t> starts_of(std::int64_t size, std::int64_t outputs, std::int64_t dilation) {
  std::vector<std::int64_t> starts;
  for (std::int64_t first = 0; first < std::min(dilation, size); ++first)
    for (auto i = first; i < size; i += outputs * dilation) starts.push_back(i);
  return starts;
}

/// A thread's tiles of some rows of tiles, counted over the batch, on their way: v, the transformed inputs,
/// and m, the products or transformed outputs. The points of a tile lie far apart, one plane of all tiles for
/// each, so that each plane is a factor of one product:
///
///     v [point][tile, row by row][phase][channel of x]
///     m [point][tile, row by row][channel of y]
///
/// Where tile (i, j) of one image reads and writes, here i = j = 1 of the 4×4 method with y_h = y_w = 5. The
/// padded x has a phase for each parity of row and column. The tile reads 3 × 3 of each phase, from (2i, 2j)
/// on, and writes 2 × 2 of y:
///
///     padded x, phases 0 1       phase p, (y_h + 1) × (y_w + 1)  y, y_h × y_w
///     of row and column 2 3
///                                  c 0 1 2 3 4 5                 0 1 2 3 4 (5)
///      0 1 0 1 0 1 …             r 0 · · ┆ · ┆ ·               0 · · ┆ · · ┆ ·
///      2 3 2 3 2 3 …               1 · · ┆ · ┆ ·               1 · · ┆ · · ┆ ·
///      0 1 0 1 0 1 …      →        2 ┄ ┄ █ █ █ ·       →       2 ┄ ┄ █ █ ┄ ┄
///      2 3 2 3 2 3 …               3 · · █ █ █ ·               3 · · █ █ · ·
///      …                           4 ┄ ┄ █ █ █ ·               4 ┄ ┄ ┄ ┄ · ·
///      (edge: padding)             5 · · · · · ·              (5)· · · · beyond y
///
/// Neighbouring tiles of a phase share rows or columns; those of y share none. A dilated convolution has
/// tiles whose pixels lie `dilation` apart, in x and in y. What a tile has beyond the edge of an image is
/// read as zero and written nowhere.
template <typename M>
class Tiles {
 public:
  explicit Tiles(const ConvShape& shape)
      : s_(shape),
        row_starts_(starts_of(shape.y_h, M::Rows::outputs, shape.dilation)),
        column_starts_(starts_of(shape.y_w, M::Columns::outputs, shape.dilation)),
        wide_(M::phases * shape.in),
        zeros_(static_cast<std::size_t>(std::max(shape.in, shape.out)), 0.0F) {
    // As many as half of a second-level cache holds, or as make up for reading all transformed kernels.
    constexpr std::int64_t least = 1 << 18, most = 1 << 21;
    const auto row = M::points * columns() * (wide_ + s_.out);
    part_ = std::clamp<std::int64_t>(std::clamp(size_of_kernels<M>(s_), least, most) / row, 1,
                                     shape.n * rows_of_an_image());
  }

  std::int64_t rows_of_an_image() const { return static_cast<std::int64_t>(row_starts_.size()); }
  std::int64_t rows() const { return s_.n * rows_of_an_image(); }
  std::int64_t of_an_image() const { return rows_of_an_image() * columns(); }
  /// How many rows there is memory for.
  std::int64_t part() const { return part_; }

  /// Calls work(whether it is the first call) with parts of rows [begin, end) selected.
  template <typename Work>
  void each_part(std::int64_t begin, std::int64_t end, const Work& work) {
    if (!v_) {
      v_ = buffer(M::points * plane(wide_));
      m_ = buffer(M::points * plane(s_.out));
    }
    for (first_ = begin; first_ < end; first_ += part_) {
      last_ = std::min(end, first_ + part_);
      work(first_ == begin);
    }
  }

  /// v = Bᵀ d B.
  void read_x(const float* x) {
    each([&](std::int64_t image, std::int64_t tile, std::int64_t i, std::int64_t j) {
      for (std::int64_t phase = 0; phase < M::phases; ++phase) {
        const auto to = transformed_input(tile, phase);
        sandwich<M::Rows::bt, M::Columns::bt>(inputs(x, zeros(), image, i, j, phase), constant(to), to,
                                              s_.in);
      }
    });
  }

  /// d = B v Bᵀ, added to x.
  void add_to_x(float* x) {
    auto nowhere = zeros_;
    each([&](std::int64_t image, std::int64_t tile, std::int64_t i, std::int64_t j) {
      for (std::int64_t phase = 0; phase < M::phases; ++phase) {
        const auto to = inputs(x, nowhere.data(), image, i, j, phase);
        sandwich<M::Rows::b, M::Columns::b, true>(constant(transformed_input(tile, phase)), constant(to), to,
                                                  s_.in);
      }
    });
  }

  /// m = A y Aᵀ.
  void read_y(const float* y) {
    each([&](std::int64_t image, std::int64_t tile, std::int64_t i, std::int64_t j) {
      const auto to = transformed_output(tile);
      sandwich<M::Rows::a, M::Columns::a>(outputs(y, zeros(), image, i, j), constant(to), to, s_.out);
    });
  }

  /// y = Aᵀ m A + plus, which may be null.
  void write_y(const float* plus, float* y) {
    auto nowhere = zeros_;
    each([&](std::int64_t image, std::int64_t tile, std::int64_t i, std::int64_t j) {
      const auto from = constant(transformed_output(tile));
      const auto to = outputs(y, nowhere.data(), image, i, j);
      if (plus == nullptr)
        sandwich<M::Rows::at, M::Columns::at>(from, constant(to), to, s_.out);
      else
        sandwich<M::Rows::at, M::Columns::at, true>(from, outputs(plus, zeros(), image, i, j), to, s_.out);
    });
  }

  /// m = v u, with kernels u [point][phases·in][out].
  void multiply_v(const float* u) {
    for (std::int64_t p = 0; p < M::points; ++p)
      gemm({v_of(p), count(), wide_}, {u + p * wide_ * s_.out, wide_, s_.out}, m_of(p));
  }
  /// v = m u, with kernels u [point][out][phases·in].
  void multiply_m(const float* u) {
    for (std::int64_t p = 0; p < M::points; ++p)
      gemm({m_of(p), count(), s_.out}, {u + p * wide_ * s_.out, s_.out, wide_}, v_of(p));
  }
  /// u [point][out][phases·in] = mᵀ v, added where `add`.
  void multiply_both(float* u, bool add) {
    for (std::int64_t p = 0; p < M::points; ++p)
      gemm(transposed(Matrix(m_of(p), count(), s_.out)), {v_of(p), count(), wide_}, u + p * wide_ * s_.out,
           {.add = add});
  }

 private:
  const float* zeros() const { return zeros_.data(); }
  std::int64_t columns() const { return static_cast<std::int64_t>(column_starts_.size()); }
  std::int64_t count() const { return (last_ - first_) * columns(); }
  /// Floats of a plane, which no power of two keeps in the same sets of a cache as the next.
  std::int64_t plane(std::int64_t channels) const { return part_ * columns() * channels + 48; }
  float* v_of(std::int64_t point) { return v_.get() + point * plane(wide_); }
  float* m_of(std::int64_t point) { return m_.get() + point * plane(s_.out); }

  /// Calls work(image, tile, row, column) for every tile, whose first output is at that row and column.
  template <typename Work>
  void each(const Work& work) const {
    std::int64_t tile = 0;
    for (auto row = first_; row < last_; ++row)
      for (const auto j : column_starts_)
        work(row / rows_of_an_image(), tile++,
             row_starts_[static_cast<std::size_t>(row % rows_of_an_image())], j);
  }

  auto transformed_input(std::int64_t tile, std::int64_t phase) {
    auto* first = v_.get() + tile * wide_ + phase * s_.in;
    return places<M::Rows::points, M::Columns::points>(
        [&, step = plane(wide_)](std::int64_t a, std::int64_t b) {
          return first + (a * static_cast<std::int64_t>(M::Columns::points) + b) * step;
        });
  }
  auto transformed_output(std::int64_t tile) {
    auto* first = m_.get() + tile * s_.out;
    return places<M::Rows::points, M::Columns::points>(
        [&, step = plane(s_.out)](std::int64_t a, std::int64_t b) {
          return first + (a * static_cast<std::int64_t>(M::Columns::points) + b) * step;
        });
  }

  /// Where the inputs of a tile are in one phase of the padded x, or `outside`.
  template <typename Float>
  auto inputs(Float* x, Float* outside, std::int64_t image, std::int64_t i, std::int64_t j,
              std::int64_t phase) const {
    const auto top = M::stride * i + phase / M::stride - s_.top;
    const auto left = M::stride * j + phase % M::stride - s_.left;
    const auto step = M::stride * s_.dilation;
    return places<M::Rows::points, M::Columns::points>([&](std::int64_t a, std::int64_t b) {
      const auto row = top + a * step, column = left + b * step;
      const bool inside = row >= 0 && row < s_.h && column >= 0 && column < s_.w;
      return inside ? x + ((image * s_.h + row) * s_.w + column) * s_.in : outside;
    });
  }
  /// Where the outputs of a tile are in y, or `outside`.
  template <typename Float>
  auto outputs(Float* y, Float* outside, std::int64_t image, std::int64_t i, std::int64_t j) const {
    return places<M::Rows::outputs, M::Columns::outputs>([&](std::int64_t a, std::int64_t b) {
      const auto row = i + a * s_.dilation, column = j + b * s_.dilation;
      const bool inside = row < s_.y_h && column < s_.y_w;
      return inside ? y + ((image * s_.y_h + row) * s_.y_w + column) * s_.out : outside;
    });
  }

  ConvShape s_;
  std::vector<std::int64_t> row_starts_, column_starts_;
  std::int64_t wide_, part_ = 0, first_ = 0, last_ = 0;
  Buffer v_, m_;
  std::vector<float> zeros_;
};

/// Transformed kernels lie [point][phases·in][out] or [point][out][phases·in]: the faster for a product that
/// they multiply from the right.
enum class RowOrder { inputs, outputs };

constexpr std::int64_t run = 32;  // kernels at a time

/// The kernels [out, in, rows, columns] beside their transforms u: calls work(first, step, places, size) for
/// runs of neighbours in u, where `first` is the first tap of a phase in `weight`, `step` leads to the next
/// kernel's, and places are those in u.
template <typename M, typename Work>
void each_kernel(const ConvShape& s, RowOrder rows, float* u, const Work& work) {
  constexpr auto size = M::rows * M::columns;  // of a kernel
  const auto wide = M::phases * s.in;
  const auto one = [&](std::int64_t o, std::int64_t c, std::int64_t phase) {
    const bool by_input = rows == RowOrder::inputs;
    const auto row = phase * s.in + c;
    auto* first = u + (by_input ? row * s.out + o : o * wide + row);
    work((o * s.in + c) * size + phase / M::stride * M::columns + phase % M::stride,
         by_input ? s.in * size : size,
         places<M::Rows::points, M::Columns::points>([&](std::int64_t a, std::int64_t b) {
           return first + (a * static_cast<std::int64_t>(M::Columns::points) + b) * wide * s.out;
         }),
         std::min(run, by_input ? s.out - o : s.in - c));
  };
  if (rows == RowOrder::outputs)
    return at::parallel_for(0, s.out, 8, [&](std::int64_t begin, std::int64_t end) {
      for (auto o = begin; o < end; ++o)
        for (std::int64_t c = 0; c < s.in; c += run)
          for (std::int64_t phase = 0; phase < M::phases; ++phase) one(o, c, phase);
    });
  // The kernels of a run lie far apart, a page each: all phases and neighbouring c are taken from it.
  at::parallel_for(0, s.in, 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = 0; o < s.out; o += run)
      for (auto c = begin; c < end; ++c)
        for (std::int64_t phase = 0; phase < M::phases; ++phase) one(o, c, phase);
  });
}

/// The taps of a phase of a run of kernels, gathered.
template <typename M>
class Taps {
 public:
  void read(const float* weight, std::int64_t step, std::int64_t size) {
    each(step, size, [&](float& tap, std::int64_t at) { tap = weight[at]; });
  }
  void write(float* weight, std::int64_t step, std::int64_t size) {
    each(step, size, [&](float tap, std::int64_t at) { weight[at] = tap; });
  }
  auto where() {
    return places<M::Rows::taps, M::Columns::taps>([&](std::int64_t a, std::int64_t b) {
      return taps_.data() + (a * static_cast<std::int64_t>(M::Columns::taps) + b) * run;
    });
  }

 private:
  template <typename Work>
  void each(std::int64_t step, std::int64_t size, const Work& work) {
    constexpr std::int64_t columns = M::Columns::taps;
    for (std::int64_t k = 0; k < M::taps; ++k)
      for (std::int64_t i = 0; i < size; ++i)
        work(taps_[static_cast<std::size_t>(k * run + i)],
             M::stride * (k / columns * M::columns + k % columns) + i * step);
  }
  std::array<float, M::taps * run> taps_;
};

/// u = G g Gᵀ.
template <typename M>
Buffer transformed(const ConvShape& s, RowOrder rows, const float* weight) {
  auto u = buffer(size_of_kernels<M>(s));
  each_kernel<M>(s, rows, u.get(),
                 [&](std::int64_t first, std::int64_t step, const auto& to, std::int64_t size) {
                   Taps<M> g;
                   g.read(weight + first, step, size);
                   sandwich<M::Rows::g, M::Columns::g>(constant(g.where()), constant(to), to, size);
                 });
  return u;
}

/// g = Gᵀ u G.
template <typename M>
void write_kernels(const ConvShape& s, RowOrder rows, float* u, float* weight) {
  each_kernel<M>(s, rows, u, [&](std::int64_t first, std::int64_t step, const auto& from, std::int64_t size) {
    Taps<M> g;
    sandwich<M::Rows::gt, M::Columns::gt>(constant(from), constant(g.where()), g.where(), size);
    g.write(weight + first, step, size);
  });
}

/// Calls work(method) for the method of a convolution that fits.
template <typename Work>
void with_its_method(const ConvShape& s, const Work& work) {
  PF_CHECK(with_method(s, work), "[winograd] no method for kernels of {}×{}, stride {}, dilation {}", s.rows,
           s.columns, s.stride, s.dilation);
}

}  // namespace

bool fits(const ConvShape& s) {
  constexpr std::int64_t least = 8;  // channels that fill vectors and products
  if (std::min(s.in, s.out) < least) return false;
  bool saves = false;
  const bool is_there = with_method(s, [&]<typename M>(M) {
    const Tiles<M> tiles(s);
    saves = tiles.of_an_image() * M::points * M::phases < s.y_h * s.y_w * s.rows * s.columns;
  });
  return is_there && saves;
}

template <ConvProduct product>
Weights<product>::Weights(const ConvShape& s, const float* weight) {
  constexpr auto rows = product == ConvProduct::forward ? RowOrder::inputs : RowOrder::outputs;
  with_its_method(s, [&]<typename M>(M) { numbers_ = transformed<M>(s, rows, weight); });
}
template class Weights<ConvProduct::forward>;
template class Weights<ConvProduct::backward_data>;

void forward(const ConvShape& s, const float* x, const Weights<ConvProduct::forward>& weights,
             const float* plus, float* y) {
  with_its_method(s, [&]<typename M>(M) {
    const Tiles<M> all(s);
    const auto share = std::min(all.part(), (all.rows() + threads_that_share() - 1) / threads_that_share());
    at::parallel_for(0, all.rows(), share, [&](std::int64_t begin, std::int64_t end) {
      Tiles<M> tiles(s);
      tiles.each_part(begin, end, [&](bool) {
        tiles.read_x(x);
        tiles.multiply_v(weights.numbers());
        tiles.write_y(plus, y);
      });
    });
  });
}

void backward_data(const ConvShape& s, const float* grad_y,
                   const Weights<ConvProduct::backward_data>& weights, float* grad_x) {
  with_its_method(s, [&]<typename M>(M) {
    // Tiles of one image add to the same pixels.
    at::parallel_for(0, s.n, 1, [&](std::int64_t first, std::int64_t last) {
      Tiles<M> tiles(s);
      const auto size = s.h * s.w * s.in, rows = tiles.rows_of_an_image();
      std::fill(grad_x + first * size, grad_x + last * size, 0.0F);
      tiles.each_part(first * rows, last * rows, [&](bool) {
        tiles.read_y(grad_y);
        tiles.multiply_m(weights.numbers());
        tiles.add_to_x(grad_x);
      });
    });
  });
}

void backward_weight(const ConvShape& s, const float* x, const float* grad_y, float* grad_weight) {
  with_its_method(s, [&]<typename M>(M) {
    const auto size = size_of_kernels<M>(s);
    const Tiles<M> all(s);
    // One partial sum per thread, in the order of the rows: the same bytes every time. More of them than
    // parts would be more to read than the tiles.
    const auto shares =
        std::clamp<std::int64_t>((all.rows() + all.part() - 1) / all.part(), 1, threads_that_share());
    const auto share = (all.rows() + shares - 1) / shares;
    const auto u = buffer(shares * size);
    at::parallel_for(0, shares, 1, [&](std::int64_t first, std::int64_t last) {
      Tiles<M> tiles(s);
      for (auto k = first; k < last; ++k) {
        auto* sum = u.get() + k * size;
        if (k * share >= all.rows()) std::fill_n(sum, size, 0.0F);
        tiles.each_part(k * share, std::min(all.rows(), (k + 1) * share), [&](bool is_first) {
          tiles.read_x(x);
          tiles.read_y(grad_y);
          tiles.multiply_both(sum, !is_first);
        });
      }
    });
    at::parallel_for(0, size, 1 << 15, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t k = 1; k < shares; ++k) add(u.get() + begin, u.get() + k * size + begin, end - begin);
    });
    write_kernels<M>(s, RowOrder::outputs, u.get(), grad_weight);
  });
}

}  // namespace pushforward::ops::winograd
