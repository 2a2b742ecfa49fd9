// Exact comparisons of Euclidean distances, at the speed of float32 products.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace pushforward::metrics {

/// Points as they are, for exact distances, and moved for products that lose little.
struct Cloud {
  at::Tensor exact;           ///< float64 [N, D]
  at::Tensor fast;            ///< float32 [N, D], less the mean
  std::vector<double> norms;  ///< of `fast`
  double slack = 0;           ///< Bounds what the mean's subtraction has rounded away.
  double scale = 1;           ///< A power of two: coordinates are those given times this.

  std::int64_t size() const { return exact.size(0); }
};

/// The clouds of points [N, D] and [M, D], both divided by one power of two above the largest coordinate,
/// which keeps float32 within its range and every comparison of distances as it was, ties included.
std::pair<Cloud, Cloud> clouds(const at::Tensor& a, const at::Tensor& b);

/// ‖a_i − b_j‖² in float64.
double square_distance(const Cloud& a, std::int64_t i, const Cloud& b, std::int64_t j);

/// The squared distances of one point to those of a cloud from float32 products, and what they can be off.
struct DistanceRow {
  double norm = 0;
  const float* products = nullptr;  ///< [M]
  const double* norms = nullptr;    ///< [M]
  double unit = 0, slack = 0;

  double square(std::int64_t j) const {
    return norm * norm + norms[j] * norms[j] - 2 * static_cast<double>(products[j]);
  }
  /// (0.51 D + 4) 2⁻²⁴ (‖a_i‖ + ‖b_j‖)²: a product of D terms in any order (Higham 2002, section 3.1), and
  /// the rounding of the points themselves; with the slack of centring.
  double error(std::int64_t j) const {
    const double reach = norm + norms[j] + slack;
    return unit * reach * reach;
  }
};

/// Calls `visit(i, row)` for every point a_i with its distances to all of b, on several threads at once.
void for_each_point(const Cloud& a, const Cloud& b,
                    const std::function<void(std::int64_t, const DistanceRow&)>& visit);

}  // namespace pushforward::metrics
