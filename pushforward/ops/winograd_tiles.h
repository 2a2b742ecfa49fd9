// The transforms of Winograd's F(2×2, 2×2), along the channels of one tile.
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

/// The matrices of winograd.h's F(2×2, 2×2), and their transposes.
namespace filter {
inline constexpr std::int64_t outputs = 2, points = 3;  // along one axis
inline constexpr Transform<3, 3> bt{{{1, -1, 0}, {0, 1, 0}, {0, -1, 1}}}, b = transposed(bt);
inline constexpr Transform<3, 2> g{{{1, 0}, {1, 1}, {0, 1}}};
inline constexpr Transform<2, 3> gt = transposed(g), at{{{1, 1, 0}, {0, 1, 1}}};
inline constexpr Transform<3, 2> a = transposed(at);
}  // namespace filter

/// The n × n numbers of a tile, row by row, each the first of its channels.
template <typename T, std::size_t n>
using Places = std::array<T*, n * n>;

/// y = (M x)ᵀ, unrolled; what M does not need falls away.
template <const auto& m, std::size_t rows, std::size_t columns, std::size_t n>
[[gnu::always_inline]] inline void multiply(const float (&x)[columns][n], float (&y)[n][rows]) {
#pragma GCC unroll 8
  for (std::size_t i = 0; i < rows; ++i)
#pragma GCC unroll 8
    for (std::size_t j = 0; j < n; ++j) {
      float sum = 0;
      bool first = true;
#pragma GCC unroll 8
      for (std::size_t k = 0; k < columns; ++k)
        if (m[i][k] != 0) {
          const float term = m[i][k] * x[k][j];
          sum = first ? term : sum + term;
          first = false;
        }
      y[j][i] = sum;
    }
}

/// y = M x Mᵀ for `size` channels; added to y where `add`.
template <const auto& m, bool add = false, std::size_t rows = m.size(), std::size_t columns = m[0].size()>
PF_SIMD_CLONES void sandwich(Places<const float, columns> x, Places<float, rows> y, std::int64_t size) {
#pragma omp simd
  for (std::int64_t c = 0; c < size; ++c) {
    float tile[columns][columns], half[columns][rows], whole[rows][rows];
#pragma GCC unroll 32
    for (std::size_t k = 0; k < columns * columns; ++k) tile[k / columns][k % columns] = x[k][c];
    multiply<m>(tile, half);
    multiply<m>(half, whole);
#pragma GCC unroll 32
    for (std::size_t k = 0; k < rows * rows; ++k)
      y[k][c] = add ? y[k][c] + whole[k / rows][k % rows] : whole[k / rows][k % rows];
  }
}

}  // namespace pushforward::ops::winograd
