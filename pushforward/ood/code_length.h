// How long images are when they are compressed.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "pushforward/ood/compressor.h"

namespace pushforward::ood {

/// The shortest length in nats of each of the images uint8 [N, C, H, W] under these compressors. Throws Error
/// for tensors of another type or shape.
std::vector<double> code_length(const at::Tensor& x, const std::vector<Compressor>& compressors);

}  // namespace pushforward::ood
