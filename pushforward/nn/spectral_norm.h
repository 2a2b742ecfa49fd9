// Spectral normalisation of a weight.
#pragma once

#include "pushforward/nn/linear_map.h"

namespace pushforward::nn {

/// W ↦ W / σ(W), σ the largest singular value of W as a matrix [out, rest], by power iteration (Miyato et al.
/// 2018, "Spectral normalization for generative adversarial networks", algorithm 1):
///   v ← Wᵀu/‖Wᵀu‖,  u ← Wv/‖Wv‖,  σ = uᵀWv
/// one iteration a call. u and v are buffers, constants to the derivative, which goes through σ:
///   d(W/σ) = (dW − ⟨uvᵀ, dW⟩ W/σ)/σ. The same function as PyTorch's torch.nn.utils.spectral_norm.
///
///   spectral_norm = register_module("spectral_norm", std::make_shared<SpectralNorm>(weight, init));
///   y = ops::linear(x, (*spectral_norm)(weight, is_training()), bias);
class SpectralNorm : public Module {
 public:
  /// For weights of this one's shape [out, …]; u and v start random, a few iterations in.
  SpectralNorm(const at::Tensor& weight, at::Generator& init);

  /// A few iterations on a weight that was drawn anew.
  void follow(const at::Tensor& weight);

  /// weight [out, …] → weight / σ. With `update` after one iteration, else with u and v as they are.
  at::Tensor operator()(const at::Tensor& weight, bool update);

  at::Tensor u;  // [out]
  at::Tensor v;  // [rest]

 private:
  LinearMap map_;
};

}  // namespace pushforward::nn
