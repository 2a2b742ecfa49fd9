// An image as one autoregressive layer, pixel after pixel.
#pragma once

#include <memory>

#include "pushforward/flows/bijector.h"
#include "pushforward/flows/causal_net.h"
#include "pushforward/flows/transformer.h"

namespace pushforward::flows {

struct AutoregressiveImageOptions {
  Event event = {1, 28, 28};
  std::int64_t hidden = 48;  // channels of the network
  std::int64_t layers = 5;   // gated ones, with dilations 1, 2, 1, 4, 1, 2, 1, 4, …
  bool mirror = false;       // the network sees the mirror image of what is known as well
  std::string transformer = "discretised_logistics";
  std::int64_t condition = 0;  // numbers of the condition; 0: none
};

/// z_p = transformer(x_p; net(x_q for the pixels q before p, condition)) for every pixel p in raster order:
/// its Jacobian is triangular. Channels of one pixel do not see each other.
///
/// Under a transformer that takes dequantised pixels the network sees of each its level and whether it is 0,
/// not the noise within it: the density is constant within a level, and the flow's likelihood of a
/// dequantised image is the probability of the discrete one, whatever the noise. The inverse is sequential:
/// each column of each layer is made once.
class AutoregressiveImage : public Bijector {
 public:
  /// Throws Error when an option is out of range, UsageError for an unknown transformer.
  AutoregressiveImage(const AutoregressiveImageOptions& options, at::Generator& init);

  Transformed forward(const at::Tensor& x, const Context& context) override;
  Transformed inverse(const at::Tensor& z, const Context& context) override;
  /// The inverse where the first rows of x are known, `rows` [N, C, h, W], 0 <= h <= H: these as they are,
  /// and below them what z makes of the pixels given them. z [N, C, H, W]; its first rows count for nothing.
  at::Tensor complete(const at::Tensor& rows, const at::Tensor& z, const Context& context) const;
  /// What each pixel p adds to log p(x) under a standard normal z: log p(x_p | the pixels before p) nats of x
  /// [N, C, H, W], summed over channels: [N, H, W].
  at::Tensor log_prob_by_pixel(const at::Tensor& x, const Context& context = {}) const;
  Inverse inverse_kind() const override { return Inverse::sequential; }
  Event output(const Event& in) const override;
  std::int64_t condition_size() const override { return options_.condition; }
  double forward_flop(const Event&) const override { return net_->forward_flop(); }
  std::string describe() const override;

 private:
  /// What the network sees of x [N, C, …]: [N, C or 2C, …].
  at::Tensor seen_of(const at::Tensor& x) const;
  std::vector<at::Tensor> parts(const at::Tensor& parameters) const;
  /// Makes the rows of x from `known` on of z, pixel by pixel.
  void complete_in_order(const at::Tensor& x, const at::Tensor& z, std::int64_t known,
                         const at::Tensor& condition) const;

  AutoregressiveImageOptions options_;
  const Transformer& transformer_;
  std::vector<std::int64_t> sizes_;  // channels of each parameter
  std::shared_ptr<CausalNet> net_;
};

}  // namespace pushforward::flows
