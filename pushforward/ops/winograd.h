// The 4×4 convolution of stride 2 by Winograd's minimal filtering.
#pragma once

#include <cstdint>

namespace pushforward::ops::winograd {

/// x [n, 2h, 2w, in] → y [n, h, w, out], both channels last, weight [out, in, 4, 4], stride 2, padding 1.
///
/// Such a convolution is the sum of four 2×2 ones of stride 1, one for each phase (row and column even or
/// odd) of the padded x. Each is done on tiles of 2×2 outputs by F(2×2, 2×2) of Winograd (Lavin & Gray 2016,
/// §4.1):
///   y = Aᵀ [Σ (G g Gᵀ) ⊙ (Bᵀ d B)] A,   Bᵀ = |1 −1 0|0 1 0|0 −1 1|,  G = |1 0|1 1|0 1|,  Aᵀ = |1 1 0|0 1 1|
/// which takes 9 products where the sum has 16, and, since the transforms only add and subtract, is nearly as
/// exact as the sum. The 9 products of all tiles are matrix products over the channels of all four phases;
/// the two gradients are the transposes of the same three steps. A last row or column of tiles may reach
/// beyond y. (F(4×4, 2×2) takes 100 products where this takes 144, but rounds 3.5 times as coarsely: a
/// DCGAN's images then differ from the sum's by 3·10⁻⁵.)
struct Shape {
  std::int64_t n = 0, h = 0, w = 0;  // batch; height and width of y
  std::int64_t in = 0, out = 0;      // channels of x and of y
};

void forward(const Shape& shape, const float* x, const float* weight, float* y);
void backward_data(const Shape& shape, const float* grad_y, const float* weight, float* grad_x);
void backward_weight(const Shape& shape, const float* x, const float* grad_y, float* grad_weight);

}  // namespace pushforward::ops::winograd
