// A flow's weights in the names and full shapes that a masked implementation in PyTorch stores.
#pragma once

#include "pushforward/flows/flow.h"

namespace pushforward::flows {

/// The flow's state as PyTorch's `state_dict()` of the same flow with masked networks, in its order. Of a
/// coupling over D features with H hidden units:
///
///   layers.0.mask                [D]     1 = kept
///   layers.0.scale_net.0.weight  [H, D]  columns of changed features zero
///   layers.0.scale_net.0.bias    [H]
///   layers.0.scale_net.2.weight  [D, H]  rows of kept features zero
///   layers.0.scale_net.2.bias    [D]     entries of kept features zero
///
/// and the same for translate_net; an additive coupling has no scale_net. Hidden layers between are whole. A
/// condition of K numbers is behind the features: columns D … D + K − 1 of the first matrix. Where a
/// transformer takes m numbers an element, the last matrix has m·D rows, D for each. Other bijectors,
/// convolutional couplings and those of pixels keep their own names and shapes. The zeros stand where the
/// mask leaves no effect (coupling.h).
nn::NamedTensors full_state(const Flow& flow);

/// The inverse: copies the live half of each tensor into the flow, converting to its dtype; whatever stands
/// in the dead half is ignored. Everything is checked before anything is written: throws Error for a tensor
/// that is missing, not the flow's, given twice, of another shape, not of floating point or not finite, and
/// for a mask that is not the flow's.
void load_full_state(Flow& flow, const nn::NamedTensors& tensors);

}  // namespace pushforward::flows
