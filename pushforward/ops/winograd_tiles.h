// The transforms of Winograd's F(2×2, 2×2), and their transposes, along the channels of one tile.
#pragma once

#include <array>
#include <cstdint>

namespace pushforward::ops::winograd {

// A, B and G are those of winograd.h. The nine numbers of a tile are counted row by row; `stride` leads from
// one to the next, `size` is how many channels (or kernels) are done.

/// Bᵀ d B: (d₀ − d₁, d₁, d₂ − d₁) along both axes of nine places, to v.
void input_tile(const std::array<const float*, 9>& d, float* v, std::int64_t stride, std::int64_t size);

/// What a tile's neighbours give to the places that it shares with them.
struct Neighbours {
  std::array<const float*, 3> above;  // numbers 6, 7, 8 of the tile above
  std::array<const float*, 3> left;   // 2, 5, 8
  const float* corner;                // 8
};

/// B v Bᵀ, (v₀, v₁ − v₀ − v₂, v₂) along both axes, summed over tiles: the 2×2 places x that start where this
/// tile starts, of which its neighbours' last row and column cover a part.
void input_tile_back(const std::array<const float*, 9>& v, const Neighbours& near,
                     const std::array<float*, 4>& x, std::int64_t size);

/// Aᵀ m A: (m₀ + m₁, m₁ + m₂) along both axes, to the four places y.
void output_tile(const float* m, std::int64_t stride, const std::array<float*, 4>& y, std::int64_t size);

/// A y Aᵀ: (y₀, y₀ + y₁, y₁) along both axes, to m.
void output_tile_back(const std::array<const float*, 4>& y, float* m, std::int64_t stride, std::int64_t size);

/// G g Gᵀ, (g₀, g₀ + g₁, g₁) along both axes, of one phase of kernels 4×4 that lie `step` apart, to u.
void kernels(const float* g, std::int64_t step, float* u, std::int64_t stride, std::int64_t size);

/// Gᵀ u G into the same places.
void kernels_back(const float* u, std::int64_t stride, float* g, std::int64_t step, std::int64_t size);

}  // namespace pushforward::ops::winograd
