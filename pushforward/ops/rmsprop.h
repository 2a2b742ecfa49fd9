// RMSprop in one pass over all parameters.
#pragma once

#include <ATen/ATen.h>

#include <vector>

namespace pushforward::ops {

struct RmsPropOptions {
  double learning_rate = 1e-2;
  double alpha = 0.99;
  double epsilon = 1e-8;
  double gradient_scale = 1;  // of g, as clipping has it
};

/// One RMSprop update (Tieleman & Hinton 2012, without momentum, ε outside the root as PyTorch has it):
///   v ← αv + (1−α)g²,  p ← p − lr·g / (√v + ε)
/// over lists of float32 tensors of equal shapes and strides. Returns √Σ‖Δp‖², the length of the update,
/// to about 1e-5.
/// Other types, devices and mixed strides run the ATen reference.
double rmsprop_step(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& gradients,
                    const std::vector<at::Tensor>& second_moments, const RmsPropOptions& options);

namespace reference {
double rmsprop_step(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& gradients,
                    const std::vector<at::Tensor>& second_moments, const RmsPropOptions& options);
}

}  // namespace pushforward::ops
