// Adam in one pass over all parameters.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace pushforward::ops {

struct AdamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  double gradient_scale = 1;  // of g, as clipping has it
};

/// One Adam update (Kingma & Ba 2015, algorithm 1, ε outside the root as PyTorch has it):
///   m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  p ← p − lr·(m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε)
/// over lists of float32 tensors of equal shapes and strides; `step` is t, from 1. Returns √Σ‖Δp‖², the
/// length of the update. Other types, devices and mixed strides run the ATen reference.
double adam_step(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& gradients,
                 const std::vector<at::Tensor>& first_moments, const std::vector<at::Tensor>& second_moments,
                 std::int64_t step, const AdamOptions& options);

namespace reference {
double adam_step(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& gradients,
                 const std::vector<at::Tensor>& first_moments, const std::vector<at::Tensor>& second_moments,
                 std::int64_t step, const AdamOptions& options);
}

}  // namespace pushforward::ops
