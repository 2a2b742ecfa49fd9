// Distances between features that fit no Gaussian to them. Of large sides a random choice is compared
// (for_pairs), which a note says.
#pragma once

#include "pushforward/evaluation/evaluation.h"

namespace pushforward::evaluation {

/// MIND (metrics/mind.h) along 1,000 directions. Throws as measure_kid.
Measured measure_mind(const Side& real, const Side& fake, std::uint64_t seed);

/// CMMD (metrics/cmmd.h), in published units of CLIP's embeddings, as the convention clip makes them. Throws
/// as measure_kid.
Measured measure_cmmd(const Side& real, const Side& fake, std::uint64_t seed);

/// Whether the features of both sides have length 1, which CMMD is defined on.
bool has_cmmd(const Side& real, const Side& fake);

}  // namespace pushforward::evaluation
