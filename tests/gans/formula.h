// The weights, latents and images of the adversarial goldens: tests/goldens/adversarial.py says which.
#pragma once

#include "tests/goldens/formula.h"

#include <cmath>

#include "pushforward/nn/module.h"

namespace pushforward::gans {

/// The values of the tensor `name` (in PyTorch's names and shapes: generator.model.0.weight [100, 512, 4,
/// 4]).
inline at::Tensor formula_tensor(const std::string& name, at::IntArrayRef shape, float scale = 1.0F) {
  const bool first = name.starts_with("generator.model.1.");
  if (name.ends_with("num_batches_tracked")) return at::full(shape, 3, at::kLong);
  const auto u = formula(name, shape);
  if (name.ends_with("running_mean")) return u * (first ? 0x1p-6 : 0x1p-4);
  if (name.ends_with("running_var")) return (1 + u / 2) * (first ? 0x1p-8 : 0x1p-3);
  if (shape.size() == 4)
    return u * static_cast<float>(1 / std::sqrt(static_cast<double>(shape[1] * 16))) * scale;
  return name.ends_with("weight") ? 1 + u / 4 : u / 4;
}

/// Every tensor of the study's two networks, or, without batch norm, of its generator and WGAN-GP's critic;
/// `scale` multiplies the discriminator's convolutions.
inline nn::NamedTensors formula_state(bool batch_norm_in_discriminator = true, float scale = 1.0F) {
  nn::NamedTensors state;
  const auto add = [&](const std::string& prefix, const char* kind, at::IntArrayRef shape, float factor) {
    const auto name = prefix + "." + kind;
    state.emplace_back(name, formula_tensor(name, shape, factor));
  };
  const auto add_batch_norm = [&](const std::string& prefix, std::int64_t width) {
    for (const auto* kind : {"weight", "bias", "running_mean", "running_var"}) add(prefix, kind, {width}, 1);
    add(prefix, "num_batches_tracked", {}, 1);
  };
  const std::vector<std::int64_t> made{100, 512, 256, 128, 64, 1}, judged{1, 64, 128, 256, 512, 1};
  int position = 0;
  for (std::size_t i = 0; i + 1 < made.size(); ++i, position += 3) {
    add("generator.model." + std::to_string(position), "weight", {made[i], made[i + 1], 4, 4}, 1);
    if (i + 2 < made.size()) add_batch_norm("generator.model." + std::to_string(position + 1), made[i + 1]);
  }
  position = 0;
  for (std::size_t i = 0; i + 1 < judged.size(); ++i) {
    add("discriminator.model." + std::to_string(position++), "weight", {judged[i + 1], judged[i], 4, 4},
        scale);
    if (batch_norm_in_discriminator && i > 0 && i + 2 < judged.size())
      add_batch_norm("discriminator.model." + std::to_string(position++), judged[i + 1]);
    ++position;  // LeakyReLU
  }
  return state;
}

/// [count, 100]
inline at::Tensor formula_latents(const std::string& name, std::int64_t count) {
  return 2 * formula(name, {count, 100});
}

/// [count, 1, 64, 64] in [−1, 1]
inline at::Tensor formula_images(const std::string& name, std::int64_t count) {
  const auto coarse =
      formula(name + "/coarse", {count, 1, 8, 8}).repeat_interleave(8, 2).repeat_interleave(8, 3);
  return coarse / 2 + formula(name + "/fine", {count, 1, 64, 64}) / 2;
}

/// [count] in [0, 1)
inline at::Tensor formula_epsilon(const std::string& name, std::int64_t count) {
  return (1 + formula(name, {count})) / 2;
}

/// x [N, 1, 64, 64] → float64 [N, 3]: Σ x, Σ x², Σ x u.
inline at::Tensor checksums(const at::Tensor& x) {
  const auto pixels = x.to(at::kDouble).contiguous().view({-1, 64 * 64});
  const auto u = formula("checksum", {64 * 64}).to(at::kDouble);
  return at::stack({pixels.sum(1), (pixels * pixels).sum(1), (pixels * u).sum(1)}, 1);
}

}  // namespace pushforward::gans
