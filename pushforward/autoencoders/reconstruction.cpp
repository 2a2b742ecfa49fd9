#include "pushforward/autoencoders/reconstruction.h"

#include <cmath>

namespace pushforward::autoencoders {
namespace {

nn::Scalars scalars_of(double error) {
  return {{"reconstruction_error", error}, {"psnr", -10 * std::log10(error)}};
}

}  // namespace

Reconstruction::Reconstruction(std::shared_ptr<Autoencoder> model, nn::DescentOptions options)
    : model_(std::move(model)), descent_(*model_, options) {}

nn::Scalars Reconstruction::step(const nn::Batch& batch, const nn::StepInfo& info) {
  const auto loss = model_->reconstruction_error(batch.values).mean();
  const double error = loss.item<double>();
  if (!descent_.is_finite(error)) {
    const bool sound = at::isfinite(batch.values).all().item<bool>();
    throw nn::NonFinite(
        fmt::format("the reconstruction error is {}, first in {}", error, sound ? "the codes" : "the batch"));
  }
  auto scalars = scalars_of(error);
  nn::append(scalars, descent_.minimise(loss, info));
  return scalars;
}

nn::Scalars Reconstruction::evaluate(const nn::Batch& batch) {
  const at::NoGradGuard no_grad;
  return scalars_of(model_->reconstruction_error(batch.values).to(at::kDouble).mean().item<double>());
}

at::Tensor Reconstruction::sample(std::int64_t, at::Generator) {
  return {};
}

}  // namespace pushforward::autoencoders
