// Polyphase couplings, as the program handles them.
#pragma once

#include "pushforward/models/model.h"

namespace pushforward::models {

/// kind = "multiscale". [model] scales, hidden, layers, base_hidden, base_layers, coupling, mirror.
Unfinished make_multiscale(const Config& config, const Shape& shape);

}  // namespace pushforward::models
