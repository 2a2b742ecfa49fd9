// Normalizing flows, as the program handles them.
#pragma once

#include "pushforward/flows/coupling.h"
#include "pushforward/models/model.h"

namespace pushforward::models {

/// [model] coupling
flows::CouplingKind read_coupling(Config& config);

/// kind = "realnvp". [model] couplings, hidden, coupling, dequantize, logit_alpha; [train] beta1, beta2,
/// epsilon, clip_norm, ema.
std::shared_ptr<Model> make_real_nvp(Config& config, const Shape& shape);

}  // namespace pushforward::models
