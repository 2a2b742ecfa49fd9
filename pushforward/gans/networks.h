// The two networks of an adversarial model, as the step sees them.
#pragma once

#include <cstdint>

#include "pushforward/nn/size.h"

namespace pushforward::gans {

/// Pushes a standard normal latent forward to data. Images are float32 [N, C, H, W], channels last, in
/// [−1, 1]; points are [N, D] as they are. Batch normalisation follows Module::is_training().
class Generator : public nn::Module {
 public:
  explicit Generator(std::int64_t latent) : latent_(latent) {}

  /// z [N, latent] → [N, C, H, W] or [N, D].
  virtual at::Tensor forward(const at::Tensor& z) = 0;

  /// The size of a latent vector.
  std::int64_t latent() const { return latent_; }

  /// Multiplications and additions of one sample; here those of fully connected layers.
  virtual double forward_flop() const { return nn::matrix_flop(*this); }

 private:
  std::int64_t latent_;
};

/// Judges data: x [N, C, H, W] or [N, D], as a Generator makes it → [N], a logit of being real or a
/// critic's value, as the objective has it; higher is more real.
class Critic : public nn::Module {
 public:
  virtual at::Tensor forward(const at::Tensor& x) = 0;

  /// As a generator's.
  virtual double forward_flop() const { return nn::matrix_flop(*this); }
};

}  // namespace pushforward::gans
