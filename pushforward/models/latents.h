// Latents of images that a model has not drawn.
#pragma once

#include <ATen/ATen.h>

#include "pushforward/models/model.h"

namespace pushforward::models {

/// The model's density. Throws UsageError where it has none, and for a conditional one: its latents are of
/// images with labels.
const Density& expect_unconditional(const Model& model);

/// Latents [N, d] of images uint8 [N, C, H, W]: those that the model's sampler makes the images of again, up
/// to what an inverse loses (round_trip.h), from the middle of their levels where they are dequantised.
/// Throws UsageError for a model without a likelihood, and Error for an image whose latent is not finite.
at::Tensor encode(const Model& model, const at::Tensor& images);

/// From a [N, d] to b [N, d] in `steps` along the great circle (White 2016, "Sampling generative networks"; a
/// straight line where there is none): [N, steps, d]. The ends are a and b themselves.
at::Tensor great_circle(const at::Tensor& a, const at::Tensor& b, std::int64_t steps);

}  // namespace pushforward::models
