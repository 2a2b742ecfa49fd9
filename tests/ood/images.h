// A model of small images that answers everything, each answer known.
#pragma once

#include <cmath>
#include <numbers>

#include "pushforward/core/random.h"
#include "pushforward/ood/outputs.h"

namespace pushforward::ood {

inline constexpr std::int64_t image_side = 16;

/// uint8 [n, 1, 16, 16] of independent N(128, (scale · 32)²) pixels, rounded.
inline at::Tensor noise_images(std::int64_t n, double scale, std::string_view purpose) {
  auto engine = stream(3, purpose);
  auto x = at::empty({n, 1, image_side, image_side}, at::kByte);
  for (std::int64_t i = 0; i < x.numel(); ++i)
    x.data_ptr<std::uint8_t>()[i] =
        static_cast<std::uint8_t>(std::clamp(std::lround(128 + 32 * scale * normal01(engine)), 0L, 255L));
  return x;
}

/// (x − 128) / 32, float64 [n, 256].
inline at::Tensor standardised(const at::Tensor& x) {
  return (x.to(at::kDouble).flatten(1) - 128) / 32;
}

inline PerImage per_image(std::function<at::Tensor(const at::Tensor& z)> function) {
  return [function = std::move(function)](const at::Tensor& x) {
    const auto values = function(standardised(x)).contiguous();
    return std::vector<double>(values.data_ptr<double>(), values.data_ptr<double>() + values.numel());
  };
}

/// log p(z) of N(0, I), a volume term that varies, and what depends on them.
inline Outputs full_model() {
  const auto latent = [](const at::Tensor& z) {
    return z.square().sum(1) * -0.5 - 0.5 * static_cast<double>(z.size(1)) * std::log(2 * std::numbers::pi);
  };
  const auto volume = [](const at::Tensor& z) { return z.slice(1, 0, 40).sum(1); };
  Outputs model;
  model.log_prob = per_image([=](const at::Tensor& z) { return latent(z) + volume(z); });
  model.log_prob_latent = per_image(latent);
  model.log_det = per_image(volume);
  model.background = per_image([=](const at::Tensor& z) { return 2 * volume(z); });
  model.ensemble = {model.log_prob, model.log_prob_latent, model.log_det};
  model.log_ratio = per_image([](const at::Tensor& z) { return z.slice(1, 9, 20).sum(1); });
  model.reconstruction_error =
      per_image([](const at::Tensor& z) { return z.slice(1, 0, 9).square().mean(1); });
  model.features = [](const at::Tensor& x) { return standardised(x).slice(1, 0, 12).to(at::kFloat); };
  model.logits = [](const at::Tensor& x) { return standardised(x).slice(1, 0, 10).to(at::kFloat); };
  return model;
}

}  // namespace pushforward::ood
