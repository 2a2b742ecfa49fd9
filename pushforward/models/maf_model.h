// Masked autoregressive flows, as the program handles them.
#pragma once

#include "pushforward/models/model.h"

namespace pushforward::models {

/// kind = "maf". [model] layers, hidden, hidden_layers, transformer, parallel, order, dequantize,
/// logit_alpha.
Unfinished make_maf(const Config& config, const Shape& shape);

}  // namespace pushforward::models
