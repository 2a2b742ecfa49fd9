// Autoencoders and flows on their codes, as the program handles them.
#pragma once

#include "pushforward/models/model.h"

namespace pushforward::models {

/// kind = "autoencoder". [model] latent, hidden; [train] optimiser, beta1, beta2, alpha, epsilon, clip_norm,
/// ema. It has codes and reconstructions, but neither samples nor a likelihood.
Unfinished make_autoencoder(const Config& config, const Shape& shape);

/// kind = "latent-realnvp". [model] latent, hidden (the autoencoder's), couplings, flow_hidden, coupling,
/// standardise; [train] autoencoder_epochs (half of the epochs), optimiser, beta1, beta2, alpha, epsilon,
/// clip_norm, ema (of the flow). Its likelihood is one of codes, in nats.
Unfinished make_latent_real_nvp(const Config& config, const Shape& shape);

}  // namespace pushforward::models
