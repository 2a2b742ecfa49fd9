// Muon: the momentum of a matrix, orthogonalised.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "pushforward/ops/adam.h"

namespace pushforward::ops {

struct MuonOptions {
  double learning_rate = 1e-3;
  double momentum = 0.95;
  AdamOptions adam = {};  // of all that is not orthogonalised, with the learning rate above
};

/// Whether Muon orthogonalises a parameter: the weight of a product, [O, I], or of a convolution, [O, C, k,
/// l], which is the matrix [O, C k l], neither side of which may be 1. A vector of biases [C] or an offset by
/// position [C, H, W] is no product's weight.
bool is_orthogonalised(const at::Tensor& parameter);

/// Takes a matrix [rows, columns] to one of the same singular vectors, whose singular values are about 1
/// (0.7 to 1.2): five Newton–Schulz iterations X ← aX + (bA + cA²)X, A = XXᵀ, with a = 3.4445, b = −4.775,
/// c = 2.0315 (Jordan 2024, "Muon"), from X / ‖X‖. Values below about 1/100 of ‖X‖ stay smaller; zeros stay
/// 0.
at::Tensor orthogonalised(const at::Tensor& matrix);

/// One Muon update with Nesterov's momentum over lists of tensors as `is_orthogonalised` takes them:
///   m ← μm + g,  p ← p − 0.2 √max(rows, columns) · lr · orthogonalised(g + μm)
/// whose root mean square, 0.2 lr, is about what Adam's updates have, so that one learning rate serves both
/// (Liu et al. 2025, "Muon is scalable for LLM training", eq. 4). Returns √Σ‖Δp‖², the length of the update.
double muon_step(const std::vector<at::Tensor>& parameters, const std::vector<at::Tensor>& gradients,
                 const std::vector<at::Tensor>& momenta, const MuonOptions& options);

}  // namespace pushforward::ops
