// Training a density and its correction: first the density, then the discriminator.
#pragma once

#include <memory>

#include "pushforward/gans/noise_contrast.h"

namespace pushforward::gans {

struct CorrectedTrainingOptions {
  std::int64_t density_epochs = 10;
  bool critic_is_trained = false;  // elsewhere: its weights count from the beginning
};

/// In epochs 0 … density_epochs − 1 the density learns as its own Trainable has it; then it stays as it is,
/// by its averages where it keeps them, and the critic learns to tell data from its samples (NoiseContrast).
/// Scalars are those of the phase.
class CorrectedTraining : public nn::Trainable {
 public:
  /// The noise of `contrast` is what `density` trains.
  CorrectedTraining(std::unique_ptr<nn::Trainable> density, std::unique_ptr<NoiseContrast> contrast,
                    CorrectedTrainingOptions options);

  nn::Scalars step(const nn::Batch& batch, const nn::StepInfo& info) override;
  nn::Scalars evaluate(const nn::Batch& batch) override;
  /// "flow.…", "discriminator.…", and "discriminator_steps" (int64 [1]), the updates that it has had.
  nn::NamedTensors state() override;
  nn::NamedTensors weights() override;
  /// Of the density.
  at::Tensor sample(std::int64_t n, at::Generator generator) override;
  void use_averages(bool use) override;

 private:
  bool critic_has_begun() const { return critic_steps_.item<std::int64_t>() > 0; }

  std::unique_ptr<nn::Trainable> density_;
  std::unique_ptr<NoiseContrast> contrast_;
  CorrectedTrainingOptions options_;
  at::Tensor critic_steps_;
};

}  // namespace pushforward::gans
