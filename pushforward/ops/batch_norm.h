// Batch normalisation with its activation.
#pragma once

#include <ATen/ATen.h>

namespace pushforward::ops {

struct BatchNormOptions {
  bool training = true;       // by the batch's own statistics, which then move the running ones
  double momentum = 0.1;      // running ← running + momentum·(batch − running), as PyTorch
  double epsilon = 1e-5;      // added to the variance
  double negative_slope = 1;  // of the activation: 1 none, 0 ReLU, 0.2 leaky ReLU
};

/// y = activation(gamma·(x − mean)/√(var + ε) + beta) for each channel (Ioffe & Szegedy 2015, algorithm 1):
/// x [N, C, H, W] channels last, everything else [C]; activation(v) = v for v > 0, else negative_slope·v.
///
/// Training normalises by the mean and biased variance over N·H·W, and moves running_mean and running_var
/// (the unbiased variance) in place; otherwise it normalises by them. Sums are float64. Undefined running
/// statistics are allowed in training. Float32 on the CPU takes two passes forward and two backward; other
/// types, devices and second derivatives go by `reference`. Throws Error for shapes that do not fit, and in
/// training for a single value per channel, which has no variance.
at::Tensor batch_norm(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta,
                      const at::Tensor& running_mean, const at::Tensor& running_var,
                      const BatchNormOptions& options);

namespace reference {
at::Tensor batch_norm(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta,
                      const at::Tensor& running_mean, const at::Tensor& running_var,
                      const BatchNormOptions& options);
}

}  // namespace pushforward::ops
