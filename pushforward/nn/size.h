// How much there is of a module.
#pragma once

#include "pushforward/nn/module.h"

namespace pushforward::nn {

/// Trained numbers.
std::int64_t parameter_count(const Module& module);

/// Multiplications and additions of the weight matrices for one sample forward, two per weight; of a module
/// without convolutions these are all products. A training step costs three times as much per sample.
double matrix_flop(const Module& module);

}  // namespace pushforward::nn
