// Residual flows, as the program handles them.
#pragma once

#include "pushforward/models/model.h"

namespace pushforward::models {

/// kind = "residual". [model] blocks, scales (of images), hidden, hidden_layers, activation, lipschitz (of
/// every layer), log_det, probe, certain_terms, evaluation_terms, roulette, continuation or poisson_mean,
/// tolerance (of samples), dequantize, logit_alpha.
Unfinished make_residual(const Config& config, const Shape& shape);

}  // namespace pushforward::models
