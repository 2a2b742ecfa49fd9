// Adversarial models, as the program handles them.
#pragma once

#include "pushforward/models/model.h"

namespace pushforward::models {

/// kind = "gan": for square images the convolutional networks of gans/dcgan.h, with [model] latent, filters,
/// initialisation and critic_norm; for points the fully connected ones of gans/mlp.h, with latent, hidden,
/// hidden_layers, slope, scale and critic_norm.
///
/// [gan] objective, regulariser, strength, n_critic, warm_up, generator_first; [train] optimiser,
/// critic_learning_rate, beta1, beta2, alpha, epsilon, ema.
Unfinished make_gan(const Config& config, const Shape& shape);

/// Proposes model.scale of a model of points: the standard deviation of all numbers.
void complete_gan(Config& config, const Examples& set);

}  // namespace pushforward::models
