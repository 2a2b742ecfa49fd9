// Flows of spline couplings, as the program handles them.
#pragma once

#include "pushforward/models/model.h"

namespace pushforward::models {

/// kind = "spline". [model] couplings, hidden, hidden_layers, dequantize, logit_alpha.
Unfinished make_spline(const Config& config, const Shape& shape);

}  // namespace pushforward::models
