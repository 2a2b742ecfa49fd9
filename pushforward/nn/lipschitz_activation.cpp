#include "pushforward/nn/lipschitz_activation.h"

#include <numbers>

#include "pushforward/core/names.h"
#include "pushforward/ops/elu.h"
#include "pushforward/ops/lipswish.h"

namespace pushforward::nn {

const std::vector<LipschitzActivation>& lipschitz_activations() {
  static const std::vector<LipschitzActivation> table{
      {"lipswish", [](const auto& x, const auto& beta) { return ops::lipswish(x, at::softplus(beta)); },
       /*has_beta=*/true},
      {"elu", [](const auto& x, const auto&) { return ops::elu(x); }},
      {"softplus", [](const auto& x, const auto&) { return at::softplus(x) - std::numbers::ln2; }},
      {"tanh", [](const auto& x, const auto&) { return at::tanh(x); }},
      {"sin", [](const auto& x, const auto&) { return at::sin(x); }},
      {"gelu", [](const auto& x, const auto&) { return at::gelu(x) / 1.13; }},
  };
  return table;
}

const LipschitzActivation& lipschitz_activation(std::string_view name) {
  return find_named(lipschitz_activations(), name, "activation");
}

}  // namespace pushforward::nn
