// Adversarial training in the plane, where what comes of it is seen and measured exactly.
#pragma once

#include <functional>

#include "pushforward/data/toys.h"
#include "pushforward/gans/adversarial.h"
#include "pushforward/gans/mlp.h"

namespace pushforward::lab {

struct PlaneGameOptions {
  gans::Objective objective;
  gans::Regulariser regulariser = gans::no_regulariser();
  std::int64_t n_critic = 1;
  double generator_rate = 2e-3, critic_rate = 2e-3;
  bool falling = true;  // rates, linearly to 0 over the training
  std::int64_t batch = 256;
  std::uint64_t seed = 0;
};

/// Two networks of two hidden layers of 128, and their game for the points of a set.
class PlaneGame {
 public:
  PlaneGame(const data::Toy& toy, const PlaneGameOptions& options);

  /// Takes `updates` steps of the generator, n_critic times as many of the critic. `seen(step, scalars)`,
  /// where given, is called after each of the critic's, from 1. `name` is shown to the one who waits.
  using Seen = std::function<void(std::int64_t step, const nn::Scalars& scalars)>;
  void train(const std::string& name, std::int64_t updates, const Seen& seen = {});

  /// n samples [n, 2], of the same latents each time.
  at::Tensor sample(std::int64_t n);

  const gans::MlpGenerator& generator() const { return *generator_; }
  gans::MlpCritic& critic() { return *critic_; }

 private:
  const data::Toy& toy_;
  PlaneGameOptions options_;
  std::shared_ptr<gans::MlpGenerator> generator_;
  std::shared_ptr<gans::MlpCritic> critic_;
  gans::Adversarial game_;
};

}  // namespace pushforward::lab
