// How much there is of a model.
#pragma once

#include "pushforward/nn/module.h"

namespace pushforward::study {

/// Trained numbers.
std::int64_t parameter_count(const nn::Module& model);

/// Multiplications and additions of the weight matrices for one sample forward, two per weight. A training
/// step costs three times as much per sample.
double forward_flop(const nn::Module& model);

}  // namespace pushforward::study
