// Glow, as the program handles it.
#pragma once

#include "pushforward/models/model.h"

namespace pushforward::models {

/// kind = "glow". [model] scales, steps, hidden, layers, coupling, conditioner, learned_prior, dequantize,
/// variational.
Unfinished make_glow(const Config& config, const Shape& shape);

}  // namespace pushforward::models
