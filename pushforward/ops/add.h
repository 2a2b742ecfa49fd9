// Sums in place.
#pragma once

#include <cstdint>

namespace pushforward::ops {

/// to[i] += from[i].
void add(float* to, const float* from, std::int64_t size);

}  // namespace pushforward::ops
