// From pixels to the real line, with the log-determinants that keep a likelihood one of pixels.
#pragma once

#include "pushforward/flows/bijector.h"

namespace pushforward::flows {

/// Uniform dequantisation of 8-bit data: x in {0, 1/255, …, 1} → y = (255 x + u)/256 in [0, 1), u ~ U[0, 1)
/// per value (Theis et al. 2016, §3.1). Without a generator u = ½. log|det| = D·ln(255/256) is left out: the
/// density stated is that of y, the dequantised pixel in [0, 1), from which bits/dim follow.
/// The inverse rounds down to the nearest of the 256 levels.
class Dequantize : public Bijector {
 public:
  Transformed forward(const at::Tensor& x, const Context& context) override;
  Transformed inverse(const at::Tensor& y, const Context& context) override;
  std::string describe() const override { return "uniform dequantisation of 256 levels"; }
};

/// y = logit(α + (1 − 2α)x), x in [0, 1] (Dinh et al. 2017, §4.1, with α 0.05), elementwise
/// dy/dx = (1 − 2α)/(p(1 − p)), p = α + (1 − 2α)x.
class Logit : public Bijector {
 public:
  /// Throws Error unless 0 < alpha < ½.
  explicit Logit(double alpha);
  Transformed forward(const at::Tensor& x, const Context& context) override;
  Transformed inverse(const at::Tensor& y, const Context& context) override;
  std::string describe() const override;

 private:
  at::Tensor log_slope(const at::Tensor& p) const;  // [N]
  double alpha_;
};

struct PixelOptions {
  bool dequantize = false;  // uniform dequantisation: likelihoods become bits/dim
  double logit_alpha = 0;   // 0: no logit transform
};

/// What comes before a flow's layers, of data that are pixels: the two above, where they are wanted.
std::vector<std::shared_ptr<Bijector>> pixel_preprocessing(const PixelOptions& options);

}  // namespace pushforward::flows
