#include "pushforward/autoencoders/latent_training.h"

namespace pushforward::autoencoders {

LatentTraining::LatentTraining(std::shared_ptr<LatentFlow> model, LatentTrainingOptions options)
    : model_(std::move(model)),
      options_(options),
      autoencoder_(model_->autoencoder(), {.optimiser = options.descent.optimiser,
                                           .clip_norm = options.descent.clip_norm,
                                           .reducer = options.descent.reducer}),
      flow_(model_->flow(), {.descent = options.descent, .seed = options.seed}),
      flow_steps_(at::full({1}, options.flow_is_trained ? 1 : 0, at::kLong)) {}

nn::Batch LatentTraining::codes_of(const nn::Batch& batch) const {
  const at::NoGradGuard no_grad;
  return {model_->autoencoder()->encode(batch.values), batch.labels};
}

nn::Scalars LatentTraining::step(const nn::Batch& batch, const nn::StepInfo& info) {
  if (info.epoch < options_.autoencoder_epochs) return autoencoder_.step(batch, info);
  const auto codes = codes_of(batch);
  if (!at::isfinite(codes.values).all().item<bool>()) throw nn::NonFinite("the codes are not finite");
  auto flow_info = info;
  flow_info.step = flow_steps_.item<std::int64_t>();
  auto scalars = flow_.step(codes, flow_info);
  flow_steps_.add_(1);
  return scalars;
}

nn::Scalars LatentTraining::evaluate(const nn::Batch& batch) {
  return flow_has_begun() ? flow_.evaluate(codes_of(batch)) : autoencoder_.evaluate(batch);
}

at::Tensor LatentTraining::sample(std::int64_t n, at::Generator generator) {
  return flow_has_begun() ? model_->sample(n, 1.0, std::move(generator)) : at::Tensor();
}

void LatentTraining::use_averages(bool use) {
  flow_.use_averages(use);
}

nn::NamedTensors LatentTraining::state() {
  nn::NamedTensors all;
  nn::append(all, "autoencoder.", autoencoder_.state());
  nn::append(all, "flow.", flow_.state());
  all.emplace_back("flow_steps", flow_steps_);
  return all;
}

nn::NamedTensors LatentTraining::weights() {
  nn::NamedTensors all;
  nn::append(all, "autoencoder.", autoencoder_.weights());
  nn::append(all, "flow.", flow_.weights());
  return all;
}

}  // namespace pushforward::autoencoders
