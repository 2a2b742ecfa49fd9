// Named flows, composed from the layers of this room.
#pragma once

#include <memory>

#include "pushforward/flows/coupling.h"
#include "pushforward/flows/flow.h"

namespace pushforward::flows {

struct RealNvpOptions {
  std::int64_t dims = 784;
  std::int64_t hidden = 1024;
  std::int64_t couplings = 8;
  std::string transformer = "affine";  // of transformers()
  bool dequantize = false;             // uniform dequantisation: likelihoods become bits/dim
  double logit_alpha = 0;              // 0: no logit transform
  std::int64_t condition = 0;          // numbers of the condition; 0: none
  Flow::Bijectors preprocessing = {};  // what else comes before the couplings
  std::uint64_t seed = 0;              // of the initial weights
};

/// RealNVP with alternating masks (Dinh et al. 2017) and fully connected conditioners.
/// Throws Error when an option is out of range.
std::shared_ptr<Flow> real_nvp(const RealNvpOptions& options);

}  // namespace pushforward::flows
