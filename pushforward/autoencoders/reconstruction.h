// Training an autoencoder by its reconstructions.
#pragma once

#include <memory>

#include "pushforward/autoencoders/autoencoder.h"
#include "pushforward/nn/descent.h"

namespace pushforward::autoencoders {

/// Minimises the mean squared error of a pixel. Scalars: "reconstruction_error", "psnr" (its
/// −10 log₁₀, in dB: larger is better) and, with clipping, "gradient_norm".
class Reconstruction : public nn::Trainable {
 public:
  Reconstruction(std::shared_ptr<Autoencoder> model, nn::DescentOptions options);

  nn::Scalars step(const nn::Batch& batch, const nn::StepInfo& info) override;
  nn::Scalars evaluate(const nn::Batch& batch) override;
  nn::NamedTensors state() override { return descent_.state(); }
  nn::NamedTensors weights() override { return descent_.weights(); }
  /// Undefined: codes have no distribution to draw from.
  at::Tensor sample(std::int64_t n, at::Generator generator) override;
  void use_averages(bool use) override { descent_.use_averages(use); }

 private:
  std::shared_ptr<Autoencoder> model_;
  nn::Descent descent_;
};

}  // namespace pushforward::autoencoders
