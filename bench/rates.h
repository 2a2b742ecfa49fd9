// Work done per second, as Google Benchmark prints it.
#pragma once

#include <benchmark/benchmark.h>

namespace pushforward::bench {

inline void flops(benchmark::State& state, double per_iteration) {
  state.counters["GFLOP"] =
      benchmark::Counter(per_iteration * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

/// Bytes that must be read and written at least.
inline void bytes(benchmark::State& state, double per_iteration) {
  state.counters["GB"] =
      benchmark::Counter(per_iteration * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

inline void images(benchmark::State& state, double per_iteration) {
  state.counters["images"] = benchmark::Counter(per_iteration, benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace pushforward::bench
