// Images between scales: fewer positions and more channels, and channels that leave.
#pragma once

#include <vector>

#include "pushforward/flows/bijector.h"
#include "pushforward/ops/features.h"

namespace pushforward::flows {

/// {C, H, W} → {4C, H/2, W/2}: channel 4c + 2i + j at (h, w) is channel c at (2h + i, 2w + j). log|det| = 0
/// (Dinh et al. 2017, §3.6).
class Squeeze : public Bijector {
 public:
  Transformed forward(const at::Tensor& x, const Context& context) override;
  Transformed inverse(const at::Tensor& y, const Context& context) override;
  Event output(const Event& in) const override;
  std::string describe() const override { return "2×2 squares to channels"; }
};

/// The second half of the features or channels leaves the flow as latents, the first goes on. log|det| = 0
/// (Dinh et al. 2017, §3.6). An odd number of them is an Error.
class Split : public Bijector {
 public:
  Transformed forward(const at::Tensor& x, const Context& context) override;
  /// `context.latent` is the half that left.
  Transformed inverse(const at::Tensor& y, const Context& context) override;
  Event output(const Event& in) const override;
  Event leaves(const Event& in) const override { return output(in); }
  std::string describe() const override { return "half leaves as latents"; }
};

/// The features or channels that a mask marks stay, the others leave the flow as latents. log|det| = 0.
class SplitByMask : public Bijector {
 public:
  /// `stays` over the features of {D} or the channels of {C, H, W}: some are true and some are not.
  explicit SplitByMask(const std::vector<bool>& stays) : partition_(ops::Partition::from_mask(stays)) {}

  Transformed forward(const at::Tensor& x, const Context& context) override;
  /// `context.latent` is what left.
  Transformed inverse(const at::Tensor& y, const Context& context) override;
  Event output(const Event& in) const override;
  Event leaves(const Event& in) const override;
  std::string describe() const override;

 private:
  ops::Partition partition_;
};

}  // namespace pushforward::flows
