// Latents that a model has not drawn: of images, and of files.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>

#include "pushforward/models/model.h"

namespace pushforward::models {

/// The labels int64 [N] that a conditional density is given of the images of a set; undefined for others.
/// Throws UsageError for a model without a likelihood, for a set without labels and for labels that the model
/// does not know.
at::Tensor labels_for(const Model& model, const Examples& set);

/// Latents [N, d] of images, under their labels where the model is conditional: those that its sampler makes
/// the images of again, up to what an inverse loses (round_trip.h), from the middle of their levels where
/// they are dequantised. Throws as labels_for, and Error for an image whose latent is not finite.
at::Tensor encode(const Model& model, const Examples& set);

/// Latents float32 [n, dims] from a .npy [n, dims], or [n, dims, 1, …] as PyTorch's convolutions take them.
/// Throws Error for another shape, numbers that are not finite, and as read_npy and in_float32.
at::Tensor read_latents(const std::filesystem::path& path, std::int64_t dims);

/// From a [N, d] to b [N, d] in `steps` along the great circle (White 2016, "Sampling generative networks"; a
/// straight line where there is none): [N, steps, d]. The ends are a and b themselves.
at::Tensor great_circle(const at::Tensor& a, const at::Tensor& b, std::int64_t steps);

}  // namespace pushforward::models
