// Normalizing flows, as the program handles them.
#pragma once

#include "pushforward/flows/flow.h"
#include "pushforward/flows/preprocessing.h"
#include "pushforward/models/model.h"

namespace pushforward::models {

/// A key that names a transformer, of those that take numbers of the real line.
std::string read_coupling(const Config& config, const char* key = "model.coupling",
                          const std::string& usual = "affine");

/// [model] dequantize, logit_alpha. Throws UsageError for points that are told to be either.
flows::PixelOptions read_pixels(const Config& config, const Shape& shape);

/// kind = "realnvp". [model] couplings, hidden, coupling, dequantize, logit_alpha.
Unfinished make_real_nvp(const Config& config, const Shape& shape);

/// The record of a flow of any kind, which calls itself `kind`, and its training by maximum likelihood with
/// [train] beta1, beta2, epsilon, clip_norm, ema. Samples are drawn by an inverse of that tolerance.
Unfinished make_flow(const char* kind, const std::shared_ptr<flows::Flow>& flow, const Config& config,
                     const Shape& shape, double tolerance = nn::Context{}.tolerance);

/// Gives a flow its weights: those of `prefix` in the file.
void take_weights(flows::Flow& flow, const Weights& weights, const std::string& prefix = "");

/// A flow's layers for `inspect`, named behind `prefix`.
void append_layers(std::vector<Layer>& all, const flows::Flow& flow, const std::string& prefix = "");

}  // namespace pushforward::models
