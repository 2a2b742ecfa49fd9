// Training an autoencoder by its reconstructions.
#pragma once

#include <memory>
#include <optional>

#include "pushforward/autoencoders/autoencoder.h"
#include "pushforward/nn/adam.h"
#include "pushforward/nn/ema.h"
#include "pushforward/nn/trainable.h"

namespace pushforward::autoencoders {

struct ReconstructionOptions {
  ops::AdamOptions adam = {};
  double clip_norm = 0;  // largest gradient norm; 0: no clipping
  double ema_decay = 0;  // of the averaged weights; 0: none kept
};

/// Minimises the mean squared error of a pixel by Adam. Scalars: "reconstruction_error", "psnr" (its
/// −10 log₁₀, in dB: larger is better) and, with clipping, "gradient_norm".
class Reconstruction : public nn::Trainable {
 public:
  Reconstruction(std::shared_ptr<Autoencoder> model, ReconstructionOptions options);

  nn::Scalars step(const nn::Batch& batch, const nn::StepInfo& info) override;
  nn::Scalars evaluate(const nn::Batch& batch) override;
  nn::NamedTensors state() override;
  nn::NamedTensors weights() override;
  /// Undefined: codes have no distribution to draw from.
  at::Tensor sample(std::int64_t n, at::Generator generator) override;
  void use_averages(bool use) override;

 private:
  std::shared_ptr<Autoencoder> model_;
  ReconstructionOptions options_;
  nn::Adam adam_;
  std::optional<nn::Ema> ema_;
  bool averaged_ = false;
};

}  // namespace pushforward::autoencoders
