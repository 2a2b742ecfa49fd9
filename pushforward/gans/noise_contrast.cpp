#include "pushforward/gans/noise_contrast.h"

#include "pushforward/core/random.h"
#include "pushforward/gans/objective.h"
#include "pushforward/gans/space.h"
#include "pushforward/nn/snapshot.h"

namespace pushforward::gans {
namespace {

/// h of data and of noise, and the loss, which is −J/2.
struct Contrast {
  at::Tensor data, samples, loss;

  nn::Scalars scalars() const {
    return {{"contrast", -2 * loss.item<double>()},
            {"ratio_data", data.mean().item<double>()},
            {"ratio_samples", samples.mean().item<double>()}};
  }
};

Contrast contrast_of(Critic& critic, const at::Tensor& x, const at::Tensor& noise,
                     const std::vector<std::int64_t>& image) {
  Contrast found{log_ratio(critic, x, image), log_ratio(critic, noise, image), {}};
  found.loss = minimax().critic_loss(found.data, found.samples);
  return found;
}

}  // namespace

at::Tensor log_ratio(Critic& critic, const at::Tensor& x, const std::vector<std::int64_t>& image) {
  if (image.empty()) return critic.forward(x);
  return critic.forward(to_network(x.reshape({x.size(0), image[0], image[1], image[2]}), Space::images));
}

NoiseContrast::NoiseContrast(std::shared_ptr<nn::DensityModel> noise, std::shared_ptr<Critic> critic,
                             NoiseContrastOptions options)
    : noise_(std::move(noise)),
      critic_(std::move(critic)),
      options_(std::move(options)),
      descent_(*critic_, options_.descent) {
  critic_->eval();
}

nn::Scalars NoiseContrast::step(const nn::Batch& batch, const nn::StepInfo& info) {
  const auto key = stream_key(options_.seed, "contrast", static_cast<std::uint64_t>(info.step));
  const auto noise = sample(batch.values.size(0), nn::generator(key));
  nn::Snapshot before;  // buffers have moved when a loss is seen to be bad
  before.add_buffers(*critic_);
  try {
    const nn::Mode mode(*critic_, true);
    const auto contrast = contrast_of(*critic_, batch.values, noise, options_.image);
    const double loss = contrast.loss.item<double>();
    if (!descent_.is_finite(loss)) {
      const bool sound = at::isfinite(batch.values).all().item<bool>();
      throw nn::NonFinite(
          fmt::format("the contrast is {}, first in {}", -2 * loss, sound ? "the critic" : "the batch"));
    }
    auto scalars = contrast.scalars();
    nn::append(scalars, descent_.minimise(contrast.loss, info));
    return scalars;
  } catch (...) {
    before.restore();
    throw;
  }
}

nn::Scalars NoiseContrast::evaluate(const nn::Batch& batch) {
  const auto noise =
      sample(batch.values.size(0), nn::generator(stream_key(options_.seed, "contrast held out")));
  const nn::ModeGuard mode(*critic_, false);
  return contrast_of(*critic_, batch.values, noise, options_.image).scalars();
}

at::Tensor NoiseContrast::sample(std::int64_t n, at::Generator generator) {
  const nn::ModeGuard mode(*noise_, false);
  return noise_->sample(n, 1.0, std::move(generator), {.tolerance = options_.tolerance});
}

}  // namespace pushforward::gans
