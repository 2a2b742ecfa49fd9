// Whether generated images are copies of those that their model was trained on.
#pragma once

#include <vector>

#include "pushforward/evaluation/evaluation.h"

namespace pushforward::evaluation {

/// Authenticity of the fakes and, to compare it with, of the real images, and C_T (metrics/memorisation.h).
/// The real images must not be in the training set. Throws Error as the metric does and as expect_comparable,
/// and UsageError where a side has only statistics.
std::vector<Measured> measure_memorisation(const Side& train, const Side& real, const Side& fake);

}  // namespace pushforward::evaluation
