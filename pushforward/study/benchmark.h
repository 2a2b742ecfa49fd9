// How fast a preset trains and scores on this machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pushforward/core/config.h"

namespace pushforward::study {

struct BenchmarkOptions {
  std::int64_t steps = 30;                  // timed training steps, after a few that are not
  std::string data = "fashion-mnist:test";  // scored from file to numbers
};

struct Benchmark {
  std::int64_t threads = 0, batch = 0;
  double train_step_ms_median = 0, train_step_ms_min = 0, train_step_ms_max = 0;
  double step_gflop = 0;               // arithmetic of one step that reaches the result
  double score_images_per_s = 0;       // reading the file included
  double score_only_images_per_s = 0;  // images already in memory
  double peak_gflops = 0;              // the best of repeated 2048³ products, this run
  double achieved_gflops = 0;          // step_gflop over the median step
  double peak_memory_mb = 0;           // of the process
};

/// Times training steps on the configuration's data and scoring of `options.data`.
Benchmark benchmark(Config config, const BenchmarkOptions& options);

}  // namespace pushforward::study
