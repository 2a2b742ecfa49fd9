// Linear maps and their largest singular values: approached from below, bounded from above.
#pragma once

#include <functional>

#include "pushforward/nn/module.h"

namespace pushforward::nn {

/// A linear map that a weight makes, with its transpose.
struct LinearMap {
  std::vector<std::int64_t> in, out;  // shapes of what it takes and of what it gives
  std::function<at::Tensor(const at::Tensor&weight, const at::Tensor&x)> apply, transpose;
  bool is_matrix = false;  // the weight's, as [out, rest]
};

/// A weight [out, …] as a matrix [out, rest], of vectors.
LinearMap matrix_map(const at::Tensor& weight);

/// A weight [O, C, k, k] as a convolution of images of this size, of stride 1 and padded with ⌊k/2⌋ zeros a
/// side: [1, C, H, W] → [1, O, H, W]. For k = 1 its matrix, which has the same singular values.
LinearMap convolution_map(const at::Tensor& weight, std::int64_t height, std::int64_t width);

/// A vector of length 1 in a random direction, as tensor of this shape.
at::Tensor random_unit(const std::vector<std::int64_t>& shape, at::Generator& init,
                       const at::TensorOptions& options);

/// One step of power iteration: v ← Wᵀu/‖Wᵀu‖, u ← Wv/‖Wv‖, in place. A vector that W takes to zero leaves
/// the other as it is. Gives ‖Wv‖ [], which approaches the largest singular value from below.
at::Tensor power_step(const LinearMap& map, const at::Tensor& weight, at::Tensor& u, at::Tensor& v);

/// An upper bound on the largest singular value, which power iteration cannot give; NaN of a weight that is
/// not finite.
///
/// The one of a matrix is computed, by its singular value decomposition in float64. The one σ of a
/// convolution is bounded by 100 steps of Lanczos's method from a random vector (fewer where its smaller side
/// has fewer numbers: then it is exact): with λ its largest Ritz value and n the smaller side's numbers,
/// σ² ≤ λ/(1 − ε) except with probability 1.648 √n exp(−√ε (2·100 − 1)), here 10⁻⁶ (Kuczyński and
/// Woźniakowski 1992, "Estimating the largest eigenvalue by the power and Lanczos algorithms with a random
/// start", theorem 4.2). The margin is 0.4 % of σ for n = 784; rounding's is added.
double norm_bound(const LinearMap& map, const at::Tensor& weight);

}  // namespace pushforward::nn
