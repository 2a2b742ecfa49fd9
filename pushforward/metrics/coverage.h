// How many modes of a mixture of Gaussians samples reach, and how well.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <vector>

namespace pushforward::metrics {

/// What samples make of K modes.
struct Coverage {
  std::int64_t samples = 0, modes = 0;
  std::int64_t reached = 0;  ///< Modes with at least one sample within 3σ (VEEGAN's and PacGAN's rule).
  std::int64_t covered = 0;  ///< Modes with at least a tenth of an even share, samples / (10 K), within 3σ.
  double high_quality = 0;   ///< Share of samples within 3σ of a mode; 1 − e^−4.5 = 98.9 % of true ones.
  double kl = 0;  ///< Σ q_k ln(K q_k) in nats, q the shares of samples nearest to each mode: 0 … ln K.
};

/// Counts of samples by their nearest mode; those of parts merge into those of the whole. The protocol is
/// that of Srivastava et al. (VEEGAN, 2017) and Lin et al. (PacGAN, 2018).
class CoverageStatistics {
 public:
  /// centres [K, D] of the modes and their common standard deviation per dimension. Throws Error without
  /// modes, for numbers that are not finite, and unless σ > 0.
  CoverageStatistics(at::Tensor centres, double sigma);

  /// samples [N, D]. Throws Error for another shape, and for a sample that is not finite, with its row.
  void add(const at::Tensor& samples);
  /// Throws Error when the modes differ.
  void merge(const CoverageStatistics& other);

  /// Throws Error without samples.
  Coverage value() const;

  std::span<const std::int64_t> nearest() const { return nearest_; }  ///< [K] samples nearest to each mode
  std::span<const std::int64_t> within() const { return within_; }    ///< [K] of them, those within 3σ

 private:
  at::Tensor centres_;  ///< float64 [K, D]
  double sigma_;
  std::vector<std::int64_t> nearest_, within_;
};

}  // namespace pushforward::metrics
