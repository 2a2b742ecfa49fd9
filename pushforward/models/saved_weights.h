// Which tensors of a checkpoint are the weights.
#pragma once

#include "pushforward/checkpoint/safetensors.h"

namespace pushforward::models {

/// Of what a Trainable keeps ("model.NAME", "adam.NAME", "ema.NAME"): the averages where there are some, else
/// the parameters. A file of weights alone, as `best` is, comes back as it is.
checkpoint::File saved_weights(const checkpoint::File& file);

}  // namespace pushforward::models
