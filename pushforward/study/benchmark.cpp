#include "pushforward/study/benchmark.h"

#include <ATen/Parallel.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/memory.h"
#include "pushforward/core/progress.h"
#include "pushforward/data/load.h"
#include "pushforward/data/loader.h"
#include "pushforward/ops/peak.h"
#include "pushforward/study/model_size.h"
#include "pushforward/study/run.h"

namespace pushforward::study {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

}  // namespace

Benchmark benchmark(Config config, const BenchmarkOptions& options) {
  keep_freed_memory();
  Benchmark result{.threads = at::get_num_threads()};
  const auto data = read_data(config);
  auto images = data::load_images(data.name);
  config.set("model.channels", images.channels);
  config.set("model.height", images.height);
  config.set("model.width", images.width);
  const auto settings = read_train(config);
  const auto model = make_model(config);
  config.check_all_read();
  result.batch = settings.batch;

  nn::MaximumLikelihood step(model, settings.step);
  data::Loader loader(data::to_tensor(std::move(images)),
                      data::LoaderOptions{.batch = settings.batch, .seed = settings.seed});
  std::vector<double> times;
  constexpr std::int64_t warm_up = 5;
  Progress progress("train", options.steps + warm_up);
  for (std::int64_t i = 0; i < options.steps + warm_up; ++i) {
    if (interrupted()) throw Interrupted("interrupted");
    const auto start = Clock::now();
    step.step(loader.next().images, {.step = i, .learning_rate = settings.schedule.learning_rate});
    if (i >= warm_up) times.push_back(1e3 * seconds_since(start));
    progress.advance();
    if (i % 10 == 0) result.peak_gflops = std::max(result.peak_gflops, ops::peak_gflops());
  }
  std::sort(times.begin(), times.end());
  result.train_step_ms_median = times[times.size() / 2];
  result.train_step_ms_min = times.front();
  result.train_step_ms_max = times.back();
  result.step_gflop = 3 * forward_flop(*model) * static_cast<double>(settings.batch) * 1e-9;
  result.achieved_gflops = result.step_gflop / (result.train_step_ms_median * 1e-3);

  std::vector<double> whole, scoring;
  for (int round = 0; round < 3; ++round) {
    const auto start = Clock::now();
    const auto tensor = data::to_tensor(data::load_images(options.data));
    const auto loaded = Clock::now();
    log_prob(*model, tensor);
    const auto n = static_cast<double>(tensor.size(0));
    scoring.push_back(n / seconds_since(loaded));
    whole.push_back(n / seconds_since(start));
  }
  std::sort(whole.begin(), whole.end());
  std::sort(scoring.begin(), scoring.end());
  result.score_images_per_s = whole[1];
  result.score_only_images_per_s = scoring[1];
  result.peak_memory_mb = peak_memory_mb();
  return result;
}

}  // namespace pushforward::study
