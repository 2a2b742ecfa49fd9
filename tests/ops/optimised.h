// Parameters, moments and gradients that optimisers are tried on.
#pragma once

#include "tests/ops/oracle.h"

namespace pushforward::ops {

struct State {
  Tensors parameters, first, second;
};

inline const std::vector<at::DimVector> shapes{{1}, {3}, {7, 5}, {0}, {40000}, {129, 131}};

inline State fresh(at::ScalarType type) {
  State state;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    state.parameters.push_back(normal(shapes[i], i).to(type));
    state.first.push_back(at::zeros(shapes[i], type));
    state.second.push_back(at::zeros(shapes[i], type));
  }
  return state;
}

/// Gradients over twelve orders of magnitude, some of them zero.
inline Tensors gradients_of(std::int64_t step, at::ScalarType type) {
  Tensors grads;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto seed = static_cast<std::uint64_t>(step) * 100 + i;
    const auto g = normal(shapes[i], seed) * at::pow(10.0, normal(shapes[i], seed + 50) * 2);
    grads.push_back(at::where(normal(shapes[i], i) > 1, at::zeros_like(g), g).to(at::kFloat).to(type));
  }
  return grads;
}

}  // namespace pushforward::ops
