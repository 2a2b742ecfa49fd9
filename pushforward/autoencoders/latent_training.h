// Training a latent flow: first the autoencoder, then the flow.
#pragma once

#include "pushforward/autoencoders/latent_flow.h"
#include "pushforward/autoencoders/reconstruction.h"
#include "pushforward/nn/maximum_likelihood.h"

namespace pushforward::autoencoders {

struct LatentTrainingOptions {
  std::int64_t autoencoder_epochs = 10;
  nn::DescentOptions descent = {};  // of both; averages are the flow's
  std::uint64_t seed = 0;           // of the flow's noise
  bool flow_is_trained = false;     // elsewhere: its standardisation and weights count from the beginning
};

/// In epochs 0 … autoencoder_epochs − 1 the autoencoder learns to reconstruct (Reconstruction); then it stays
/// as it is and the flow is fitted to its codes by maximum likelihood (nn::MaximumLikelihood), standardised
/// by the first batch of them. Scalars are those of the phase.
class LatentTraining : public nn::Trainable {
 public:
  LatentTraining(std::shared_ptr<LatentFlow> model, LatentTrainingOptions options);

  nn::Scalars step(const nn::Batch& batch, const nn::StepInfo& info) override;
  nn::Scalars evaluate(const nn::Batch& batch) override;
  /// "autoencoder.…", "flow.…", and "flow_steps" (int64 [1]), the updates that the flow has had.
  nn::NamedTensors state() override;
  nn::NamedTensors weights() override;
  /// Undefined before the flow's phase.
  at::Tensor sample(std::int64_t n, at::Generator generator) override;
  void use_averages(bool use) override;

 private:
  bool flow_has_begun() const { return flow_steps_.item<std::int64_t>() > 0; }
  nn::Batch codes_of(const nn::Batch& batch) const;

  std::shared_ptr<LatentFlow> model_;
  LatentTrainingOptions options_;
  Reconstruction autoencoder_;
  nn::MaximumLikelihood flow_;
  at::Tensor flow_steps_;
};

}  // namespace pushforward::autoencoders
