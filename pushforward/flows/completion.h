// Images of which the first rows are given.
#pragma once

#include "pushforward/flows/flow.h"

namespace pushforward::flows {

/// Whether `complete` takes this flow: dequantised pixels under one autoregressive layer, where each pixel is
/// drawn given those before it and nothing else.
bool completes(const Flow& flow);

/// x [N, C, H, W] whose first rows are `rows` [N, C, h, W] in [0, 1] as they are, and whose others are drawn
/// from p(x | rows): by latents z [N, D] from N(0, I), of which those of the first rows count for nothing.
/// Throws Error for a flow that does not complete, and where rows and z are not of its images.
at::Tensor complete(const Flow& flow, const at::Tensor& rows, const at::Tensor& z,
                    const Context& context = {});

}  // namespace pushforward::flows
