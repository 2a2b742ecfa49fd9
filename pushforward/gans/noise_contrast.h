// A density corrected by a discriminator of data from its samples.
#pragma once

#include <memory>
#include <vector>

#include "pushforward/gans/networks.h"
#include "pushforward/nn/density.h"
#include "pushforward/nn/descent.h"

namespace pushforward::gans {

struct NoiseContrastOptions {
  std::vector<std::int64_t> image = {};        // {C, H, W}, that the critic sees examples as; {}: points
  nn::DescentOptions descent = {};             // of the critic
  std::uint64_t seed = 0;                      // of the noise, one draw per step
  double tolerance = nn::Context{}.tolerance;  // of an iterative inverse, when noise is drawn
};

/// h(x) [N]: the critic's answer to x [N, …], seen as images in [0, 1] of that shape, or as points.
at::Tensor log_ratio(Critic& critic, const at::Tensor& x, const std::vector<std::int64_t>& image);

/// Noise-contrastive estimation (Gutmann & Hyvärinen 2010, equations 3 to 5) with a density q that stays as
/// it is for noise, one sample for every example: maximises J = E_data log σ(h) + E_q log(1 − σ(h)), whose
/// optimum is h = log p_data/q. Then log p(x) = log q(x) + h(x) − log Z with Z = E_q exp h, which is 1 at the
/// optimum. J is 0 for sets that are told apart beyond doubt and −log 4 for those that are not at all.
/// Scalars: "contrast" (J), "ratio_data" and "ratio_samples" (means of h), and, with clipping,
/// "gradient_norm". An evaluation takes the same draws every time.
class NoiseContrast : public nn::Trainable {
 public:
  NoiseContrast(std::shared_ptr<nn::DensityModel> noise, std::shared_ptr<Critic> critic,
                NoiseContrastOptions options);

  nn::Scalars step(const nn::Batch& batch, const nn::StepInfo& info) override;
  nn::Scalars evaluate(const nn::Batch& batch) override;
  /// Of the critic.
  nn::NamedTensors state() override { return descent_.state(); }
  nn::NamedTensors weights() override { return descent_.weights(); }
  /// Of the noise: the corrected density has no sampler of its own.
  at::Tensor sample(std::int64_t n, at::Generator generator) override;
  void use_averages(bool use) override { descent_.use_averages(use); }

 private:
  std::shared_ptr<nn::DensityModel> noise_;
  std::shared_ptr<Critic> critic_;
  NoiseContrastOptions options_;
  nn::Descent descent_;
};

}  // namespace pushforward::gans
