// Residual flows: x plus a contraction of x.
#pragma once

#include "pushforward/flows/lipschitz_net.h"
#include "pushforward/flows/log_det_estimator.h"
#include "pushforward/flows/roulette.h"

namespace pushforward::flows {

/// How a residual block finds log|det(I + J)|.
struct ResidualLogDet {
  enum class Method {
    exact,         // from J: D products with it
    roulette,      // an unbiased estimate
    power_series,  // the series cut off after `certain_terms`: biased, for comparison
  };
  Method method = Method::exact;
  Probe probe = Probe::rademacher;
  std::int64_t certain_terms = 4;                 // of the series, in training
  std::int64_t evaluation_terms = 20;             // the same in evaluation mode, if they are more
  Roulette roulette = Roulette::geometric(0.87);  // of the terms after them
};

/// y = x + g(x; condition), g a LipschitzNet with Lip(g) < 1 (Behrmann et al. 2019, "Invertible residual
/// networks"; Chen et al. 2019, "Residual flows for invertible generative modeling"), for events {D} and {C,
/// H, W}.
///
/// The inverse is the fixed point of x ↦ y − g(x). Its error, over the examples the largest, is bounded after
/// every iteration as Banach's theorem does, ‖x̂ − x‖ ≤ L/(1 − L)·‖last step‖, L being `lipschitz_bound`,
/// plus what rounding y may do, and brought below `context.tolerance`. Float32 that cannot tell x so exactly
/// iterates in float64. In a flow the tolerance holds for each block by itself: what a block leaves, those
/// before it enlarge by 1/(1 − L) each at the worst (`inverse_error` measures what came of it). The inverse
/// is not differentiable.
///
/// An estimate takes its probe, and how many terms it has, from the generator of the context: in training one
/// number of terms for the batch, in evaluation one for each example, so that estimates of examples are
/// independent. Without a generator events of up to 64 numbers have the exact log-determinant, larger ones an
/// estimate with one fixed probe and number of terms for every example.
class ResidualBlock : public Bijector {
 public:
  /// Throws Error when an option is out of range, and when the roulette's variance need not be finite for
  /// c^layers, with a margin of 1 % for what power iteration does not see.
  ResidualBlock(const LipschitzNetOptions& net, const ResidualLogDet& log_det, at::Generator& init);

  Transformed forward(const at::Tensor& x, const Context& context) override;
  /// Throws Error when Lip(g) < 1 cannot be certified, and when the tolerance is not reached within
  /// `context.max_iterations` or by rounding.
  Transformed inverse(const at::Tensor& y, const Context& context) override;

  Inverse inverse_kind() const override { return Inverse::iterative; }
  LogDet log_det_kind() const override;
  bool needs_whole_batches() const override { return true; }  // power iterations
  Event output(const Event& in) const override;
  std::int64_t condition_size() const override { return condition_; }
  double forward_flop(const Event&) const override { return net_->forward_flop(); }
  std::string describe() const override;

  /// A bound on Lip(g) with the weights as they are, certified as `nn::norm_bound` says.
  double lipschitz_bound() const { return net_->lipschitz_bound(net_->weights()); }

 private:
  at::Tensor log_det_of(const at::Tensor& x, const at::Tensor& g, const Context& context,
                        bool differentiable) const;

  Event event_;
  std::int64_t condition_;
  ResidualLogDet log_det_;
  std::shared_ptr<LipschitzNet> net_;
};

}  // namespace pushforward::flows
