#include "pushforward/gans/corrected_training.h"

namespace pushforward::gans {
namespace {

/// While it lives, a Trainable's averages are in use.
class Averages {
 public:
  explicit Averages(nn::Trainable& of) : of_(of) { of_.use_averages(true); }
  ~Averages() { of_.use_averages(false); }
  Averages(const Averages&) = delete;
  Averages& operator=(const Averages&) = delete;

 private:
  nn::Trainable& of_;
};

}  // namespace

CorrectedTraining::CorrectedTraining(std::unique_ptr<nn::Trainable> density,
                                     std::unique_ptr<NoiseContrast> contrast,
                                     CorrectedTrainingOptions options)
    : density_(std::move(density)),
      contrast_(std::move(contrast)),
      options_(options),
      critic_steps_(at::full({1}, options.critic_is_trained ? 1 : 0, at::kLong)) {}

nn::Scalars CorrectedTraining::step(const nn::Batch& batch, const nn::StepInfo& info) {
  if (info.epoch < options_.density_epochs) return density_->step(batch, info);
  const Averages averages(*density_);
  auto own = info;
  own.step = critic_steps_.item<std::int64_t>();
  auto scalars = contrast_->step(batch, own);
  critic_steps_.add_(1);
  return scalars;
}

nn::Scalars CorrectedTraining::evaluate(const nn::Batch& batch) {
  return critic_has_begun() ? contrast_->evaluate(batch) : density_->evaluate(batch);
}

at::Tensor CorrectedTraining::sample(std::int64_t n, at::Generator generator) {
  return density_->sample(n, std::move(generator));
}

void CorrectedTraining::use_averages(bool use) {
  density_->use_averages(use);
}

nn::NamedTensors CorrectedTraining::state() {
  nn::NamedTensors all;
  nn::append(all, "flow.", density_->state());
  nn::append(all, "discriminator.", contrast_->state());
  all.emplace_back("discriminator_steps", critic_steps_);
  return all;
}

nn::NamedTensors CorrectedTraining::weights() {
  nn::NamedTensors all;
  nn::append(all, "flow.", density_->weights());
  nn::append(all, "discriminator.", contrast_->weights());
  return all;
}

}  // namespace pushforward::gans
