// Gated residual layers of convolutional networks.
#pragma once

#include <memory>
#include <vector>

#include "pushforward/nn/conv.h"

namespace pushforward::nn {

/// y = x + a ⊙ σ(b) with a = conv(elu(x)) and b = conv 1×1 (elu(x)): a residual layer that chooses by
/// position what it adds (van den Oord et al. 2016, "Conditional image generation with PixelCNN decoders",
/// eq. 2).
class GatedConv : public Module {
 public:
  GatedConv(std::int64_t channels, std::int64_t kernel, at::Generator& init);

  at::Tensor forward(const at::Tensor& x) const;
  double flop() const { return value_->flop() + gate_->flop(); }

 private:
  std::shared_ptr<BiasedConv> value_, gate_;
};

struct GatedNetOptions {
  std::int64_t in = 1, hidden = 64, out = 1;
  std::int64_t layers = 6;
  std::int64_t kernel = 3;  // of the first convolution and of the gated layers
};

/// x [N, in, H, W] → convolution → gated layers → elu, convolution 1×1 → [N, out, H, W]. Beside x it sees
/// where in the image it is. The last layer starts small, so what comes out is near its bias.
class GatedNet : public Module {
 public:
  GatedNet(const GatedNetOptions& options, at::Generator& init);

  at::Tensor forward(const at::Tensor& x) const;
  /// Of the last layer: [out].
  at::Tensor& bias() { return last_->bias; }
  /// Multiplications and additions for each position.
  double flop() const;

 private:
  std::shared_ptr<BiasedConv> first_, last_;
  std::vector<std::shared_ptr<GatedConv>> layers_;
};

/// x [N, C, H, W] with two channels more: row and column, from −1 to 1.
at::Tensor with_coordinates(const at::Tensor& x);

}  // namespace pushforward::nn
