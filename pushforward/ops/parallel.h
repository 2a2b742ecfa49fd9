// Threads: how many share work, and loops over those that compute as their caller does.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/ThreadLocalState.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "pushforward/ops/constant_weights.h"
#include "pushforward/ops/precision.h"
#include "pushforward/ops/reused_memory.h"

namespace pushforward::ops {

/// Threads that may share work: inside of a parallel region it is one thread's.
inline std::int64_t threads_that_share() {
  return at::in_parallel_region() ? 1 : at::get_num_threads();
}

/// Tasks of which each thread takes the next when it is done with one, so that a slow thread does fewer. Who
/// does a task may differ from run to run: what it makes must not.
class Tasks {
 public:
  explicit Tasks(std::int64_t count) : count_(count) {}

  /// Runs `worker` on every thread, which takes tasks until there are none.
  template <typename Worker>
  void run(const Worker& worker) {
    at::parallel_for(0, std::min(threads_that_share(), count_), 1,
                     [&](std::int64_t, std::int64_t) { worker(); });
  }
  /// Sets `task` to the next one; false when there are none.
  bool take(std::int64_t& task) {
    task = next_++;
    return task < count_;
  }

 private:
  std::int64_t count_;
  std::atomic<std::int64_t> next_ = 0;
};

/// at::parallel_for for a body that calls operations: each thread has the caller's modes (of autograd,
/// whether gradients are recorded), precision, constant weights and reused memory, which otherwise belong to
/// the caller's thread alone.
template <typename Body>
void parallel_for_operations(std::int64_t begin, std::int64_t end, std::int64_t grain, const Body& body) {
  const at::ThreadLocalState modes;
  const auto wanted = precision();
  auto* const weights = constant_weights();
  auto* const memory = reused_memory();
  at::parallel_for(begin, end, grain, [&](std::int64_t first, std::int64_t last) {
    const at::ThreadLocalStateGuard same_modes(modes);
    const UsePrecision use(wanted);
    const UseConstantWeights same_weights(weights);
    const UseReusedMemory same_memory(memory);
    body(first, last);
  });
}

}  // namespace pushforward::ops
