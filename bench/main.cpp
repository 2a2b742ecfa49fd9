#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>

#include "pushforward/core/memory.h"
#include "pushforward/core/threads.h"

int main(int argc, char** argv) {
  pushforward::keep_freed_memory();
  at::set_num_threads(pushforward::available_threads());
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::AddCustomContext("threads", std::to_string(at::get_num_threads()));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
