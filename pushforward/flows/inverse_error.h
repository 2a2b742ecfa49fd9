// How well a whole flow is inverted.
#pragma once

#include "pushforward/flows/flow.h"

namespace pushforward::flows {

/// ‖f(x̂) − z‖ [N] for x̂ = f⁻¹(z), z [N, D]: what is left of the errors of iterative inverses after all layers
/// have had their share, of which `decode` states the largest of one layer. f is the flow without its
/// dequantisation, which rounds. Throws as `decode`.
at::Tensor inverse_error(const Flow& flow, const at::Tensor& z, const Context& context = {});

}  // namespace pushforward::flows
