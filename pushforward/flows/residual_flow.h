// Residual flows of points and of images.
#pragma once

#include <memory>

#include "pushforward/flows/flow.h"
#include "pushforward/flows/residual.h"

namespace pushforward::flows {

struct ResidualFlowOptions {
  Event event = {2};
  std::int64_t blocks = 16;      // of images: on each scale
  std::int64_t scales = 1;       // of images, each of half the height and width of the one before
  LipschitzNetOptions net = {};  // of every block, but for its event
  ResidualLogDet log_det = {};
  bool dequantize = false;  // uniform dequantisation: likelihoods become bits/dim
  double logit_alpha = 0;   // 0: no logit transform
  std::uint64_t seed = 0;   // of the initial weights
};

/// On each scale a squeeze (of images) and residual blocks, an activation norm before each and one at the end
/// (Chen et al. 2019, §4, without its factored-out latents). Throws Error when an option is out of range, and
/// for images that cannot be halved so often.
std::shared_ptr<Flow> residual_flow(const ResidualFlowOptions& options);

}  // namespace pushforward::flows
