// A checkpoint's weights, into a network.
#pragma once

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/nn/module.h"

namespace pushforward::models {

/// Restores `into` from what a Trainable keeps ("model.NAME", "adam.NAME", "ema.NAME"): from the averages
/// where there are some, else the parameters; or from a file of weights alone, as `best` is. Throws Error,
/// naming `whose`, for tensors of another network.
void restore_saved(const checkpoint::File& file, const nn::NamedTensors& into, const std::string& whose);

}  // namespace pushforward::models
