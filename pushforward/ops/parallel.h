// Threads: how many share work, and loops over those that compute as their caller does.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/ThreadLocalState.h>

#include <cstdint>

#include "pushforward/ops/precision.h"

namespace pushforward::ops {

/// Threads that may share work: inside of a parallel region it is one thread's.
inline std::int64_t threads_that_share() {
  return at::in_parallel_region() ? 1 : at::get_num_threads();
}

/// at::parallel_for for a body that calls operations: each thread has the caller's modes (of autograd,
/// whether gradients are recorded) and precision, which otherwise belong to the caller's thread alone.
template <typename Body>
void parallel_for_operations(std::int64_t begin, std::int64_t end, std::int64_t grain, const Body& body) {
  const at::ThreadLocalState modes;
  const auto wanted = precision();
  at::parallel_for(begin, end, grain, [&](std::int64_t first, std::int64_t last) {
    const at::ThreadLocalStateGuard same_modes(modes);
    const UsePrecision use(wanted);
    body(first, last);
  });
}

}  // namespace pushforward::ops
