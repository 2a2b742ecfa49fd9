// How many terms of a series are computed, so that what is left out is made up for on average.
#pragma once

#include <ATen/ATen.h>

#include <string>

namespace pushforward::flows {

/// Russian roulette: of a series' tail, N terms are computed, N random, and the jth is divided by P(N ≥ j),
/// so that Σ_{j ≤ N} Δ_j / P(N ≥ j) has the mean Σ_j Δ_j (Chen et al. 2019, "Residual flows", eq. 5).
class Roulette {
 public:
  /// P(N ≥ j) = qʲ. Terms that shrink as Lᵏ have an estimate of finite variance where q > L². Throws Error
  /// for q outside [0, 1), and for more than 100 terms on average, q/(1 − q).
  static Roulette geometric(double continuation);

  /// N ~ Poisson(mean), whose tail is thinner than any geometric one: the estimate is unbiased, but its
  /// variance need not be finite. For comparison. Throws Error for a mean outside (0, 100].
  static Roulette poisson(double mean);

  /// P(N ≥ j).
  double survival(std::int64_t j) const;

  /// The weights [K, n] of n series whose first `certain` terms are always computed: 1 for these, 1/P(N ≥ j)
  /// for the jth after, 0 beyond an example's own N; K is what the longest takes.
  at::Tensor weights(std::int64_t certain, std::int64_t n, at::Generator generator,
                     const at::TensorOptions& options) const;

  /// Throws Error unless the variance is known to be finite for terms that shrink as lipschitzᵏ, or the
  /// draw is a Poisson's.
  void check_variance(double lipschitz) const;

  /// "geometric roulette of 0.87".
  std::string describe() const;

 private:
  enum class Kind { geometric, poisson };
  Roulette(Kind kind, double parameter) : kind_(kind), parameter_(parameter) {}

  /// The least N with P(N ≥ N + 1) < u, for u from U(0, 1]: a draw of N.
  std::int64_t draw(double u) const;

  Kind kind_;
  double parameter_;
};

}  // namespace pushforward::flows
