// Exact comparisons of Euclidean distances, at the speed of float32 products.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace pushforward::metrics {

struct Cloud {
  at::Tensor exact;           ///< float64 [N, D]
  at::Tensor fast;            ///< float32 of it
  std::vector<double> norms;  ///< ‖x‖ of each

  std::int64_t size() const { return exact.size(0); }
};

/// Of points [N, D] and [M, D], both moved by their common mean and divided by the largest coordinate: that
/// changes no comparison of distances, takes the mean out of the products, and keeps float32 within its
/// range.
std::pair<Cloud, Cloud> clouds(const at::Tensor& a, const at::Tensor& b);

/// ‖a_i − b_j‖² in float64.
double square_distance(const Cloud& a, std::int64_t i, const Cloud& b, std::int64_t j);

/// The squared distances of one point to those of a cloud from float32 products, and what they can be off.
struct DistanceRow {
  double norm = 0;
  const float* products = nullptr;  ///< [M]
  const double* norms = nullptr;    ///< [M]
  double unit = 0;

  double square(std::int64_t j) const {
    return norm * norm + norms[j] * norms[j] - 2 * static_cast<double>(products[j]);
  }
  /// (0.51 D + 4) 2⁻²⁴ (‖a_i‖ + ‖b_j‖)²: a product of D terms in any order (Higham 2002, section 3.1), and
  /// the rounding of the points themselves.
  double error(std::int64_t j) const { return unit * (norm + norms[j]) * (norm + norms[j]); }
};

/// Calls `visit(i, row)` for every point a_i with its distances to all of b, on several threads at once.
void for_rows(const Cloud& a, const Cloud& b,
              const std::function<void(std::int64_t, const DistanceRow&)>& visit);

/// The squared distance of each point to its k-th nearest other, exact in float64. 1 ≤ k < N.
std::vector<double> neighbour_squares(const Cloud& cloud, std::int64_t k);

}  // namespace pushforward::metrics
