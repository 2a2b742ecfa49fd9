// How fast a preset trains and scores on this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pushforward/core/config.h"
#include "pushforward/core/json.h"
#include "pushforward/ops/peak.h"
#include "pushforward/report/table.h"

namespace pushforward::runs {

struct BenchmarkOptions {
  std::int64_t steps = 30;                  // timed training iterations, after a few that are not
  std::string data = "fashion-mnist:test";  // scored from file to numbers
};

struct Benchmark {
  std::int64_t threads = 0, batch = 0, steps_an_iteration = 1;
  std::string precision;  // of products: training's, sampling's and scoring's
  /// Milliseconds of an iteration: a step, or a cycle of critic steps with the generator's.
  double iteration_ms_median = 0, iteration_ms_min = 0, iteration_ms_max = 0;
  double iteration_gflop = 0;                     // arithmetic of one, as the model is defined
  ops::ProductRates machine;                      // the best of repeated measurements, this run
  double memory_gbs = 0;                          // of the machine's memory, the best of three
  double peak_gflops = 0;                         // of the machine, in the run's precision
  double achieved_gflops = 0;                     // iteration_gflop over the median
  std::optional<double> score_images_per_s;       // of flows, reading the file included
  std::optional<double> score_only_images_per_s;  // images already in memory
  std::optional<double> score_one_ms;             // a single image, weights warm
  std::optional<double> sample_images_per_s;      // of models that draw samples
  double peak_memory_mb = 0;                      // of the process
};

/// Times training on the configuration's data, sampling where the model does that, and, of a model with a
/// likelihood, scoring of `options.data`.
Benchmark benchmark(Config config, const BenchmarkOptions& options);

/// By the names of their presets.
using Benchmarks = std::vector<std::pair<std::string, Benchmark>>;

/// A column each.
report::Table to_table(const Benchmarks& benchmarks);
/// An object, or an array of them unless there is one. Times and arithmetic are those of a step.
Json to_json(const Benchmarks& benchmarks);

}  // namespace pushforward::runs
