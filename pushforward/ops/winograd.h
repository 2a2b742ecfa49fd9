// Convolutions by Winograd's minimal filtering, with fewer products than the sum has.
#pragma once

#include <memory>

#include "pushforward/ops/conv_shape.h"

namespace pushforward::ops::winograd {

/// Whether there is a method for such a convolution and saves products, with channels enough to fill vectors:
/// 4×4 kernels of stride 2; 3×3 and 2×3 ones of stride 1, of any dilation; any padding.
///
/// A convolution of stride s is the sum of s² ones of stride 1, one for each phase (row and column modulo s)
/// of the padded x. Each is done on tiles of outputs by F(m×n, k×l) (Lavin & Gray 2016, §4.1):
///   y = Aᵀ [Σ (G g Gᵀ) ⊙ (Bᵀ d B)] A
/// with the matrices of Filter for rows and for columns. The products of all tiles are matrix products
/// over the channels of all phases; the two gradients are the transposes of the same three steps. A last row
/// or column of tiles may reach beyond y.
///   4×4, stride 2: four times F(2×2, 2×2), 9 products where the sum has 16; exact but for adding.
///   3×3:           F(4×4, 3×3), 36 products where the sum has 144; rounds twice as coarsely as a sum.
///   2×3:           F(2×4, 2×3), 18 products where the sum has 48.
/// (F(4×4, 2×2) for the first takes 100 products where this takes 144, but a DCGAN's images then differ from
/// the sum's by 3·10⁻⁵.)
bool fits(const ConvShape& shape);

/// A weight [out, in, rows, columns] transformed, G g Gᵀ, as `product` multiplies by it.
template <ConvProduct product>
class Weights {
 public:
  using Number = float;

  Weights(const ConvShape& shape, const float* weight);
  const float* numbers() const { return numbers_.get(); }

 private:
  std::unique_ptr<float[]> numbers_;
};

/// y = x ∗ weight, and `plus`, as y lies, where it is not null.
void forward(const ConvShape& shape, const float* x, const Weights<ConvProduct::forward>& weights,
             const float* plus, float* y);
void backward_data(const ConvShape& shape, const float* grad_y,
                   const Weights<ConvProduct::backward_data>& weights, float* grad_x);
void backward_weight(const ConvShape& shape, const float* x, const float* grad_y, float* grad_weight);

}  // namespace pushforward::ops::winograd
