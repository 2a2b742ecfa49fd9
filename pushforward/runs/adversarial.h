// An adversarial model in a few lines.
#pragma once

#include <memory>
#include <vector>

#include "pushforward/data/images.h"
#include "pushforward/gans/adversarial.h"
#include "pushforward/train/fit.h"

namespace pushforward::runs {

struct AdversarialTraining {
  gans::Objective objective = gans::non_saturating();
  gans::Regulariser regulariser = gans::no_regulariser();
  std::int64_t n_critic = 1;
  std::int64_t epochs = 10, batch = 64;
  double learning_rate = 2e-4, beta1 = 0.5, beta2 = 0.999;  // of both networks' Adam
  std::uint64_t seed = 0;
};

/// Trains both networks on images, without writing anything; the generator goes first when n_critic is 1.
/// Throws as train::fit.
///
///   auto images = data::load("fashion-mnist").train->resized(64);
///   auto generator = gans::dcgan_generator({.size = 64});
///   auto critic = gans::dcgan_critic({.size = 64}, gans::CriticNorm::none);
///   runs::adversarial(generator, critic, images, {.objective = gans::wasserstein(),
///                                                  .regulariser = gans::gradient_penalty(10),
///                                                  .n_critic = 5});
std::vector<train::Epoch> adversarial(const std::shared_ptr<gans::Generator>& generator,
                                      const std::shared_ptr<gans::Critic>& critic, data::Images images,
                                      const AdversarialTraining& options = {});

}  // namespace pushforward::runs
