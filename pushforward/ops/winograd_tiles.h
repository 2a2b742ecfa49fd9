// The transforms of Winograd's minimal filtering, along the channels of one tile.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "pushforward/ops/simd.h"

namespace pushforward::ops::winograd {

template <std::size_t rows, std::size_t columns>
using Transform = std::array<std::array<float, columns>, rows>;

template <std::size_t rows, std::size_t columns>
inline constexpr Transform<columns, rows> transposed(const Transform<rows, columns>& m) {
  Transform<columns, rows> t{};
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < columns; ++j) t[j][i] = m[i][j];
  return t;
}

/// F(m, r) along one axis: m outputs of a filter g of r taps from the m + r − 1 numbers d that they see, by
/// as many products, y = Aᵀ [(G g) ⊙ (Bᵀ d)]. These are Cook's and Toom's for polynomials: they evaluate at
/// points p, given in quarters, and at infinity (Blahut 2010, §5.2). Points near ±1 round least.
template <std::size_t m, std::size_t r, int... quarters>
class Filter {
 public:
  static constexpr std::size_t outputs = m, taps = r, points = m + r - 1;
  static_assert(sizeof...(quarters) == points - 1);

 private:
  static constexpr std::array<double, points - 1> p{(quarters / 4.0)...};

  /// The coefficients of Π (x − p_k) over all k but `left_out`.
  static constexpr std::array<double, points> product(std::size_t left_out) {
    std::array<double, points> c{1.0};
    for (std::size_t k = 0; k < points - 1; ++k)
      if (k != left_out)
        for (auto i = points; i-- > 0;) c[i] = (i > 0 ? c[i - 1] : 0.0) - p[k] * c[i];
    return c;
  }
  /// That product at p_k, `left_out` = k.
  static constexpr double value(std::size_t k) {
    double v = 1.0;
    for (std::size_t j = 0; j < points - 1; ++j)
      if (j != k) v *= p[k] - p[j];
    return v;
  }
  static constexpr double power(double x, std::size_t exponent) {
    double v = 1.0;
    for (std::size_t i = 0; i < exponent; ++i) v *= x;
    return v;
  }
  static constexpr Transform<points, points> make_bt() {
    Transform<points, points> bt{};
    for (std::size_t k = 0; k < points; ++k)
      for (std::size_t i = 0; i < points; ++i)
        bt[k][i] = static_cast<float>(product(k)[i] * (k < points - 1 && value(k) < 0.0 ? -1.0 : 1.0));
    return bt;
  }
  static constexpr Transform<points, r> make_g() {
    Transform<points, r> g{};
    for (std::size_t i = 0; i < r; ++i) {
      for (std::size_t k = 0; k < points - 1; ++k)
        g[k][i] = static_cast<float>(power(p[k], i) / (value(k) < 0.0 ? -value(k) : value(k)));
      g[points - 1][i] = i == r - 1 ? 1.0F : 0.0F;
    }
    return g;
  }
  static constexpr Transform<m, points> make_at() {
    Transform<m, points> at{};
    for (std::size_t i = 0; i < m; ++i) {
      for (std::size_t k = 0; k < points - 1; ++k) at[i][k] = static_cast<float>(power(p[k], i));
      at[i][points - 1] = i == m - 1 ? 1.0F : 0.0F;
    }
    return at;
  }

 public:
  static constexpr Transform<points, points> bt = make_bt(), b = transposed(bt);
  static constexpr Transform<points, r> g = make_g();
  static constexpr Transform<r, points> gt = transposed(g);
  static constexpr Transform<m, points> at = make_at();
  static constexpr Transform<points, m> a = transposed(at);
};

/// place(i, j) of every number of a tile, row by row: where its channels begin.
template <std::size_t rows, std::size_t columns, typename Place>
auto places(const Place& place) {
  std::array<decltype(place(0, 0)), rows * columns> all;
  for (std::size_t k = 0; k < rows * columns; ++k)
    all[k] = place(static_cast<std::int64_t>(k / columns), static_cast<std::int64_t>(k % columns));
  return all;
}

template <std::size_t n>
std::array<const float*, n> constant(const std::array<float*, n>& all) {
  std::array<const float*, n> same;
  for (std::size_t k = 0; k < n; ++k) same[k] = all[k];
  return same;
}

/// Of M's rows, which are pairs: i and i + 1 differ in signs alone, as those of points p and −p do.
template <std::size_t rows, std::size_t columns>
constexpr std::array<bool, rows> first_of_pairs(const Transform<rows, columns>& m) {
  std::array<bool, rows> is_first{};
  for (std::size_t i = 0; i + 1 < rows; ++i) {
    bool same = false, opposite = false, other = false;
    for (std::size_t k = 0; k < columns; ++k) {
      if (m[i][k] != 0 && m[i][k] == m[i + 1][k]) same = true;
      if (m[i][k] != 0 && m[i][k] == -m[i + 1][k]) opposite = true;
      if (m[i][k] != m[i + 1][k] && m[i][k] != -m[i + 1][k]) other = true;
    }
    is_first[i] = same && opposite && !other;
  }
  return is_first;
}

/// How M x is made with few operations. Of two columns that are a pair, a row has either the sum of their x
/// or the difference; of two rows that are a pair, one is even + odd, the other even − odd.
template <const auto& m, std::size_t rows = m.size(), std::size_t columns = m[0].size()>
struct Plan {
  static constexpr std::array<bool, rows> pair = first_of_pairs(m);
  static constexpr std::array<bool, columns> sum = first_of_pairs(transposed(m));

 private:
  /// The factors of the sums and differences in even terms, or in odd ones.
  static constexpr Transform<rows, columns> make(bool is_odd) {
    Transform<rows, columns> factors{};
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t k = 0; k < columns; ++k) {
        const bool is_difference = k > 0 && sum[k - 1];
        if (sum[k] && m[i][k] != m[i][k + 1]) continue;
        if (is_difference && m[i][k] == m[i][k - 1]) continue;
        if ((pair[i] && m[i][k] != m[i + 1][k]) == is_odd)
          factors[i][k] = is_difference ? m[i][k - 1] : m[i][k];
      }
    return factors;
  }

 public:
  static constexpr Transform<rows, columns> even = make(false), odd = make(true);
};

/// Σₖ mᵢₖ xₖ, unrolled; what it does not need falls away.
template <const auto& m, std::size_t columns>
[[gnu::always_inline]] inline float dot(std::size_t i, const float (&x)[columns]) {
  float sum = 0;
  bool first = true;
#pragma GCC unroll 8
  for (std::size_t k = 0; k < columns; ++k)
    if (m[i][k] != 0) {
      const float term = m[i][k] * x[k];
      sum = first ? term : sum + term;
      first = false;
    }
  return sum;
}

/// y = (M x)ᵀ.
template <const auto& m, std::size_t rows, std::size_t columns, std::size_t n>
[[gnu::always_inline]] inline void multiply(const float (&x)[columns][n], float (&y)[n][rows]) {
  using P = Plan<m>;
#pragma GCC unroll 8
  for (std::size_t j = 0; j < n; ++j) {
    float in[columns];
#pragma GCC unroll 8
    for (std::size_t k = 0; k < columns; ++k) {
      if (P::sum[k])
        in[k] = x[k][j] + x[k + 1 < columns ? k + 1 : k][j];
      else if (k > 0 && P::sum[k > 0 ? k - 1 : 0])
        in[k] = x[k > 0 ? k - 1 : 0][j] - x[k][j];
      else
        in[k] = x[k][j];
    }
#pragma GCC unroll 8
    for (std::size_t i = 0; i < rows; ++i) {
      if (P::pair[i]) {
        const float even = dot<P::even>(i, in), odd = dot<P::odd>(i, in);
        y[j][i] = even + odd;
        y[j][i + 1 < rows ? i + 1 : i] = even - odd;
      } else if (i == 0 || !P::pair[i > 0 ? i - 1 : 0]) {
        y[j][i] = dot<P::even>(i, in);
      }
    }
  }
}

/// y = L x Rᵀ for `size` channels of a tile; y = onto + L x Rᵀ where `adds`.
template <const auto& l, const auto& r, bool adds = false, std::size_t rows = l.size(),
          std::size_t columns = r.size(), std::size_t x_rows = l[0].size(),
          std::size_t x_columns = r[0].size()>
PF_SIMD_CLONES void sandwich(std::array<const float*, x_rows * x_columns> x,
                             std::array<const float*, rows * columns> onto,
                             std::array<float*, rows * columns> y, std::int64_t size) {
#pragma omp simd
  for (std::int64_t c = 0; c < size; ++c) {
    float tile[x_rows][x_columns], half[x_columns][rows], whole[rows][columns];
#pragma GCC unroll 64
    for (std::size_t k = 0; k < x_rows * x_columns; ++k) tile[k / x_columns][k % x_columns] = x[k][c];
    multiply<l>(tile, half);
    multiply<r>(half, whole);
#pragma GCC unroll 64
    for (std::size_t k = 0; k < rows * columns; ++k)
      y[k][c] = adds ? onto[k][c] + whole[k / columns][k % columns] : whole[k / columns][k % columns];
  }
}

}  // namespace pushforward::ops::winograd
