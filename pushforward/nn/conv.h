// Convolutional layers.
#pragma once

#include "pushforward/nn/module.h"
#include "pushforward/ops/conv.h"

namespace pushforward::nn {

/// x [N, in, H, W] → [N, out, H', W'] without bias; see ops::conv. The weight [out, in, rows, columns] starts
/// as PyTorch's nn.Conv2d does, U(−b, b) with b = 1/√(in·rows·columns).
class Conv : public Module {
 public:
  Conv(std::int64_t in, std::int64_t out, std::int64_t kernel, ops::ConvOptions options, at::Generator& init)
      : Conv(in, out, kernel, kernel, options, init) {}
  Conv(std::int64_t in, std::int64_t out, std::int64_t rows, std::int64_t columns, ops::ConvOptions options,
       at::Generator& init);

  at::Tensor forward(const at::Tensor& x) const { return forward(x, weight); }

  /// With another weight in the place of this layer's, made of it.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& made) const {
    return ops::conv(x, made, options_);
  }

  /// plus + forward(x).
  at::Tensor add_to(const at::Tensor& plus, const at::Tensor& x) const {
    return ops::conv(x, weight, options_, plus);
  }

  at::Tensor weight;

 private:
  ops::ConvOptions options_;
};

/// Conv of stride 1 with a bias, which starts at 0. Padded by half of its odd kernel, so that images keep
/// their size.
class BiasedConv : public Module {
 public:
  BiasedConv(std::int64_t in, std::int64_t out, std::int64_t kernel, at::Generator& init);

  at::Tensor forward(const at::Tensor& x) const { return without_bias(x) + bias.view({1, -1, 1, 1}); }
  at::Tensor without_bias(const at::Tensor& x) const {
    return ops::conv(x, weight, {.padding = weight.size(2) / 2});
  }

  /// Multiplications and additions for each position of an image.
  double flop() const { return 2.0 * static_cast<double>(weight.numel()); }

  at::Tensor weight, bias;  // [out, in, k, k], [out]
};

/// The transposed convolution, x [N, in, H, W] → [N, out, (H − 1)·stride − 2·padding + k, …]. The weight
/// [in, out, k, k] starts as PyTorch's nn.ConvTranspose2d does, with b = 1/√(out·k²).
class ConvTranspose : public Module {
 public:
  ConvTranspose(std::int64_t in, std::int64_t out, std::int64_t kernel, ops::ConvOptions options,
                at::Generator& init);

  at::Tensor forward(const at::Tensor& x) const { return ops::conv_transpose(x, weight, options_); }

  at::Tensor weight;

 private:
  ops::ConvOptions options_;
};

}  // namespace pushforward::nn
