// The adversarial step.
#pragma once

#include <memory>
#include <optional>

#include "pushforward/gans/critic_schedule.h"
#include "pushforward/gans/networks.h"
#include "pushforward/gans/objective.h"
#include "pushforward/gans/regulariser.h"
#include "pushforward/gans/sampling.h"
#include "pushforward/gans/space.h"
#include "pushforward/nn/trainable.h"
#include "pushforward/nn/update.h"

namespace pushforward::gans {

struct AdversarialOptions {
  Objective objective = non_saturating();
  Regulariser regulariser = no_regulariser();
  CriticSchedule schedule{};
  nn::OptimiserOptions generator = ops::AdamOptions{.learning_rate = 2e-4, .beta1 = 0.5};
  nn::OptimiserOptions critic = ops::AdamOptions{.learning_rate = 2e-4, .beta1 = 0.5};
  bool generator_first = false;
  double ema_decay = 0;  // of the generator's averaged weights and running statistics; 0: none kept
  Space space = Space::images;
  std::uint64_t seed = 0;  // of latents and of the regulariser's draws
  std::shared_ptr<nn::GradientReducer> reducer = std::make_shared<nn::GradientReducer>();  // of both networks
};

/// Trains any pair of networks with any objective and any regulariser.
///
/// One step is one update of the critic on the batch and as many fakes, and an update of the generator when
/// it is due. StepInfo's learning rate is the generator's; the critic's follows in the proportion of the
/// options.
///
/// Generator first: a cycle begins with the generator's update, and the critic's first update of the cycle is
/// on the same fakes. The critic looks at them once: it does not move between the two losses, so their
/// derivatives at its one output are those of two passes, and the generator's needs only the fakes'.
/// Otherwise: a cycle ends with the generator's update, on fresh latents, against the critic just updated.
///
/// Real and fake batches go through the critic apart, each with its own batch statistics. Latents are drawn
/// from streams keyed by seed and step. A step that throws (NonFinite or anything else) leaves all as it was:
/// losses and gradients are looked at before the updates that they are for, and buffers (and, where the
/// critic is updated before the generator's gradient is known, the critic and its optimiser) are put back.
///
/// Scalars of a step: "generator_loss" and "critic_loss" (with the penalty); "critic_real" and "critic_fake",
/// the critic's mean outputs; "wasserstein" = critic_real − critic_fake for that objective; "penalty" where
/// the regulariser has one; "generator_gradient_norm", "critic_gradient_norm", "generator_update_norm",
/// "critic_update_norm". The generator's are those of its last update; before the first, its loss is that of
/// the fakes at hand and its norms are 0.
class Adversarial : public nn::Trainable {
 public:
  Adversarial(std::shared_ptr<Generator> generator, std::shared_ptr<Critic> critic,
              AdversarialOptions options);

  nn::Scalars step(const nn::Batch& batch, const nn::StepInfo& info) override;

  /// "critic_held_out": the critic's mean output on images it is not trained on, to be compared with
  /// critic_real. Batch normalisation uses the statistics of the batch, as in training, and keeps its running
  /// ones.
  nn::Scalars evaluate(const nn::Batch& batch) override;

  /// "generator.NAME", "critic.NAME", "generator_optimiser.NAME", "critic_optimiser.NAME", "ema.NAME",
  /// "position" (int64 {generator updates made, critic updates since the cycle began}) and "last_generator"
  /// (float64, its three scalars).
  nn::NamedTensors state() override;

  /// "generator.NAME" (averaged where averages are kept) and "critic.NAME".
  nn::NamedTensors weights() override;

  at::Tensor sample(std::int64_t n, at::Generator generator) override;
  void use_averages(bool use) override;

 private:
  struct Record;  // what a step reports
  at::Tensor latents_for(const char* purpose, std::int64_t n, std::int64_t step) const;
  bool generator_is_due() const;
  void advance(bool generator_updated);
  void step_together(const at::Tensor& real, const nn::StepInfo& info, Record& record);
  void step_critic(const at::Tensor& real, const nn::StepInfo& info, Record& record);
  void step_generator(std::int64_t n, const nn::StepInfo& info, Record& record);
  void differentiate_critic(const at::Tensor& real, const at::Tensor& fake, const at::Tensor& on_fake,
                            std::int64_t step, Record& record);
  void move_generator(const nn::StepInfo& info, Record& record);
  void move_critic(const nn::StepInfo& info, Record& record);
  void check_buffers(const nn::Module& module, const char* network) const;
  std::string origin(const at::Tensor& real, const at::Tensor& fake) const;

  std::shared_ptr<Generator> generator_;
  std::shared_ptr<Critic> critic_;
  AdversarialOptions options_;
  nn::Update generator_update_, critic_update_;
  at::Tensor position_, last_generator_;
};

}  // namespace pushforward::gans
