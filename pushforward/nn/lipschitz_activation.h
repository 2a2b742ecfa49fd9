// Activations that do not stretch.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <string_view>
#include <vector>

namespace pushforward::nn {

/// f of each number of x, with |f′| ≤ 1 and f′ continuous, as the log-determinant of a residual flow wants it
/// (Chen et al. 2019, "Residual flows", §3.3): its derivative must not vanish with f″, nor jump.
///   lipswish  x·sigmoid(softplus(β)x)/1.1, whose derivative reaches 0.9998: β [] is learned
///   elu, softplus (less ln 2, so that f(0) = 0), tanh, sin
///   gelu      x·Φ(x)/1.13, whose derivative reaches 0.9991
struct LipschitzActivation {
  std::string name;
  at::Tensor (*apply)(const at::Tensor& x, const at::Tensor& beta);  // beta is undefined where not learned
  bool has_beta = false;
};

const std::vector<LipschitzActivation>& lipschitz_activations();

/// The one of that name. Throws UsageError that lists the names.
const LipschitzActivation& lipschitz_activation(std::string_view name);

}  // namespace pushforward::nn
