// Gaussian statistics of features, and the Fréchet distance between two of them.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace pushforward::metrics {

/// Count, mean and covariance of features [N, D], gathered batch by batch in float64 (Chan, Golub and LeVeque
/// 1983). Statistics of parts merge into those of the whole. Up to D samples the features themselves are
/// kept, which is smaller than their covariance and of the same rank; beyond, D × D numbers.
class GaussianStatistics {
 public:
  /// Throws Error unless dims ≥ 1.
  explicit GaussianStatistics(std::int64_t dims);
  /// Gathers features [N, D].
  static GaussianStatistics of(const at::Tensor& features);
  /// What was saved: mean [D] and covariance [D, D] (ddof 1). Throws Error for a count below 2, other shapes,
  /// numbers that are not finite, and a covariance that is not symmetric or has eigenvalues below 0.
  static GaussianStatistics from(std::int64_t count, const at::Tensor& mean, const at::Tensor& covariance);

  /// features [N, D] of any floating type. Throws Error for another shape, and for a number that is not
  /// finite, with its row.
  void add(const at::Tensor& features);
  /// Throws Error when the dimensions differ.
  void merge(const GaussianStatistics& other);

  std::int64_t count() const { return count_; }
  std::int64_t dims() const { return dims_; }
  at::Tensor mean() const;        ///< float64 [D]
  at::Tensor covariance() const;  ///< float64 [D, D], ddof 1. Throws Error for fewer than two samples.

  /// Whether the samples are no more than the dimensions, so that `root` has fewer numbers than the
  /// covariance.
  bool low_rank() const { return !rows_.empty(); }
  /// F [R, D] with FᵀF = covariance: R = count when `low_rank`, else D.
  at::Tensor root() const;

 private:
  at::Tensor kept() const;
  void expect_two() const;
  void fold();
  void gather(const at::Tensor& features);

  std::int64_t dims_, count_ = 0;
  std::vector<at::Tensor> rows_;  ///< float64 [n, D] each, as long as `count_` ≤ D.
  at::Tensor mean_, scatter_;     ///< float64 [D] and Σ (x − mean)(x − mean)ᵀ [D, D], after that.
};

/// ‖μ_a − μ_b‖² + tr(Σ_a + Σ_b − 2 (Σ_a Σ_b)^½), the squared 2-Wasserstein distance of Gaussians (Dowson and
/// Landau 1982); of Inception features it is FID (Heusel et al. 2017). The trace of the square root is
/// Σ √λ over the eigenvalues of the symmetric F Σ_b Fᵀ with FᵀF = Σ_a, negative ones being rounding and
/// taken as 0: never complex. F has as many rows as the smaller of the sets where that is below D. Exactly 0
/// for equal statistics, never negative. Throws Error for fewer than two samples on either side or other
/// dimensions.
double frechet_distance(const GaussianStatistics& a, const GaussianStatistics& b);

/// The same where tr (Σ_a Σ_b)^½ is known already.
double frechet_distance(const GaussianStatistics& a, const GaussianStatistics& b, double trace_of_root);

/// Throws Error unless both have as many dimensions.
void expect_comparable(const GaussianStatistics& a, const GaussianStatistics& b);

}  // namespace pushforward::metrics
