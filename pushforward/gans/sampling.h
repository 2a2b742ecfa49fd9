// Samples of a generator.
#pragma once

#include "pushforward/gans/networks.h"

namespace pushforward::gans {

/// What batch normalisation divides by: the running statistics of training, or those of the batch at hand.
enum class Statistics { running, batch };

/// Draws n latents of a network from N(0, 1): float32 [n, latent], on the network's device.
at::Tensor latents(std::int64_t n, const Generator& network, at::Generator generator);

/// G(z), without a graph, in the networks' space; nothing in the network changes. With the statistics of the
/// batch, z is one batch; otherwise it goes through in parts, since samples do not depend on each other.
at::Tensor generate(Generator& network, const at::Tensor& z, Statistics statistics = Statistics::running);

}  // namespace pushforward::gans
