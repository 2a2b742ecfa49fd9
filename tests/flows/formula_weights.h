// Weights that PyTorch and this library compute alike from their names (tests/goldens/generate.py).
#pragma once

#include <string>

#include "pushforward/flows/masked_state.h"

namespace pushforward::flows {

/// Entry k of the tensor `name`: splitmix64's k-th output from the name's FNV-1a hash, its upper 24 bits as
/// a float in [−1, 1), times bound and scale, each product rounded to float32.
inline void fill_by_formula(const std::string& name, const at::Tensor& tensor, float bound, float scale) {
  std::uint64_t state = 0xCBF29CE484222325;
  for (const char c : name) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  auto* values = tensor.data_ptr<float>();
  for (std::int64_t k = 0; k < tensor.numel(); ++k) {
    std::uint64_t z = state += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    z ^= z >> 31;
    values[k] = (static_cast<float>(z >> 40) * 0x1p-23F - 1.0F) * bound * scale;
  }
}

/// Gives a RealNVP of 784 dimensions and 1024 hidden units PyTorch's initial bounds, 1/√fan_in, times
/// `scale`, through the full masked tensors.
inline void load_formula_weights(Flow& flow, float scale) {
  auto state = full_state(flow);
  for (auto& [name, tensor] : state) {
    if (name.ends_with(".mask")) continue;
    const bool first = name.find("net.0.") != std::string::npos;
    fill_by_formula(name, tensor, static_cast<float>(first ? 1.0 / 28 : 1.0 / 32), scale);
  }
  load_full_state(flow, state);
}

}  // namespace pushforward::flows
