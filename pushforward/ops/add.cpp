#include "pushforward/ops/add.h"

#include "pushforward/ops/simd.h"

namespace pushforward::ops {

PF_SIMD_CLONES void add(float* to, const float* from, std::int64_t size) {
#pragma omp simd
  for (std::int64_t i = 0; i < size; ++i) to[i] += from[i];
}

}  // namespace pushforward::ops
