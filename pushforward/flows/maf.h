// A named flow: masked autoregressive layers.
#pragma once

#include "pushforward/flows/flow.h"
#include "pushforward/flows/masked_autoregressive.h"
#include "pushforward/flows/preprocessing.h"

namespace pushforward::flows {

struct MafOptions {
  MaskedAutoregressiveOptions layer = {};
  std::int64_t layers = 5;
  bool random_orders = false;  // each layer in an order of its own; else in turn from the first feature and
                               // from the last
  PixelOptions pixels = {};
  std::uint64_t seed = 0;  // of the initial weights and of the orders
};

/// A masked autoregressive flow (Papamakarios et al. 2017) or, where sampling is parallel, an inverse
/// autoregressive one: layers behind activation norms, which stand where the paper has batch norms, with a
/// permutation between. Throws Error when an option is out of range.
std::shared_ptr<Flow> maf(const MafOptions& options);

}  // namespace pushforward::flows
