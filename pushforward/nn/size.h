// How much there is of a module.
#pragma once

#include "pushforward/nn/module.h"

namespace pushforward::nn {

/// Trained numbers.
std::int64_t parameter_count(const Module& module);

/// Multiplications and additions of the weight matrices for one sample forward, two per weight: all
/// products of a module that applies each once to a vector. A training step costs three times as much per
/// sample. Throws Error for a weight of more axes: a convolution's count depends on where it is applied.
double matrix_flop(const Module& module);

}  // namespace pushforward::nn
