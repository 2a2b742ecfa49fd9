#include "pushforward/autoencoders/reconstruction.h"

#include <cmath>

namespace pushforward::autoencoders {
namespace {

nn::Scalars scalars_of(double error) {
  return {{"reconstruction_error", error}, {"psnr", -10 * std::log10(error)}};
}

}  // namespace

Reconstruction::Reconstruction(std::shared_ptr<Autoencoder> model, ReconstructionOptions options)
    : model_(std::move(model)), options_(options), adam_(*model_, options.adam) {
  if (options_.ema_decay > 0) ema_.emplace(*model_, options_.ema_decay);
}

nn::Scalars Reconstruction::step(const nn::Batch& batch, const nn::StepInfo& info) {
  adam_.zero_gradients();
  const auto loss = model_->reconstruction_error(batch.values).mean();
  const double error = loss.item<double>();
  if (!std::isfinite(error)) {
    const bool sound = at::isfinite(batch.values).all().item<bool>();
    throw nn::NonFinite(
        fmt::format("the reconstruction error is {}, first in {}", error, sound ? "the codes" : "the batch"));
  }
  loss.backward();
  if (const auto name = adam_.first_non_finite_gradient(); !name.empty())
    throw nn::NonFinite(fmt::format("the gradient of {} is not finite", name));
  auto scalars = scalars_of(error);
  if (options_.clip_norm > 0) {
    const double norm = adam_.clip_gradients(options_.clip_norm);
    if (!std::isfinite(norm)) throw nn::NonFinite(fmt::format("the norm of the gradient is {}", norm));
    scalars.emplace_back("gradient_norm", norm);
  }
  adam_.update(info.step + 1, info.learning_rate);
  if (ema_) ema_->update(info.step);
  return scalars;
}

nn::Scalars Reconstruction::evaluate(const nn::Batch& batch) {
  const at::NoGradGuard no_grad;
  return scalars_of(model_->reconstruction_error(batch.values).to(at::kDouble).mean().item<double>());
}

at::Tensor Reconstruction::sample(std::int64_t, at::Generator) {
  return {};
}

void Reconstruction::use_averages(bool use) {
  if (ema_ && use != averaged_) ema_->swap();
  averaged_ = use;
}

nn::NamedTensors Reconstruction::state() {
  nn::NamedTensors all;
  nn::append(all, "model.", nn::named_state(*model_));
  nn::append(all, "adam.", adam_.state());
  if (ema_) nn::append(all, "ema.", ema_->weights());
  return all;
}

nn::NamedTensors Reconstruction::weights() {
  return ema_ ? ema_->weights() : nn::named_state(*model_);
}

}  // namespace pushforward::autoencoders
