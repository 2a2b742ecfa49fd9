// A fully connected layer.
#pragma once

#include <optional>

#include "pushforward/nn/module.h"
#include "pushforward/ops/linear.h"

namespace pushforward::nn {

/// y = activation(x Wᵀ + b): x [N, in] → [N, out].
///
/// Weight and bias start as PyTorch's nn.Linear does, U(−1/√fan_in, 1/√fan_in); `fan_in` is `in` unless
/// the layer stands for a wider one whose other inputs are always zero.
class Linear : public Module {
 public:
  Linear(std::int64_t in, std::int64_t out, at::Generator& init, std::optional<std::int64_t> fan_in = {});

  at::Tensor forward(const at::Tensor& x, ops::Activation activation = ops::Activation::identity) const {
    return ops::linear(x, weight, bias, activation);
  }

  at::Tensor weight;  // [out, in]
  at::Tensor bias;    // [out]
};

}  // namespace pushforward::nn
