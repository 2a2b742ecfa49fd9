// Weights that PyTorch and this library compute alike from their names (tests/goldens/flows.py).
#pragma once

#include "tests/goldens/formula.h"

#include "pushforward/flows/masked_state.h"

namespace pushforward::flows {

/// Gives a RealNVP of 784 dimensions and 1024 hidden units PyTorch's initial bounds, 1/√fan_in, times
/// `scale`, through the full masked tensors; each product rounded to float32.
inline void load_formula_weights(Flow& flow, float scale) {
  auto state = full_state(flow);
  for (auto& [name, tensor] : state) {
    if (name.ends_with(".mask")) continue;
    const bool first = name.find("net.0.") != std::string::npos;
    tensor.copy_(formula(name, tensor.sizes()) * static_cast<float>(first ? 1.0 / 28 : 1.0 / 32) * scale);
  }
  load_full_state(flow, state);
}

}  // namespace pushforward::flows
