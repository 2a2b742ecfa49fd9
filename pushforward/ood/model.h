// All that detectors know of a model.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <vector>

namespace pushforward::ood {

/// One number for each of the N elements of x [N, …].
using PerImage = std::function<std::vector<double>(const at::Tensor& x)>;

/// What a model can say about images; a detector names what it needs and the model has not got. The
/// functions batch on their own, so x may be a whole data set, of the dtype that they take.
struct Model {
  PerImage log_prob;  ///< log p(x) in nats, preprocessing included
};

/// The function, answering a second time from memory when it is given the same tensor (not an equal one),
/// so that several detectors on one data set cost one pass. Keeps those tensors alive.
PerImage remember(PerImage function);

}  // namespace pushforward::ood
