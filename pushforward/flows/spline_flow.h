// A named flow: couplings by rational-quadratic splines.
#pragma once

#include "pushforward/flows/flow.h"
#include "pushforward/flows/preprocessing.h"

namespace pushforward::flows {

struct SplineFlowOptions {
  std::int64_t dims = 784;
  std::int64_t hidden = 256;  // units of a hidden layer
  std::int64_t depth = 2;     // hidden layers
  std::int64_t couplings = 8;
  PixelOptions pixels = {};
  std::int64_t condition = 0;  // numbers of the condition; 0: none
  std::uint64_t seed = 0;      // of the initial weights
};

/// A neural spline flow (Durkan et al. 2019): couplings with alternating masks, each behind an activation
/// norm, which starts the data within the splines' interval. Throws Error when an option is out of range.
std::shared_ptr<Flow> spline_flow(const SplineFlowOptions& options);

}  // namespace pushforward::flows
