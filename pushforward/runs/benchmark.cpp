#include "pushforward/runs/benchmark.h"

#include <ATen/Parallel.h>
#include <sys/resource.h>

#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/core/stopwatch.h"
#include "pushforward/data/loader.h"
#include "pushforward/models/examples.h"
#include "pushforward/models/model.h"
#include "pushforward/ops/constant_weights.h"
#include "pushforward/ops/peak.h"

namespace pushforward::runs {
namespace {

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// The steps are those of the last epoch, in which a model with two phases is in the second.
void time_training(const models::Model& model, data::Loader& loader, const models::TrainSettings& settings,
                   std::int64_t iterations, Benchmark& result) {
  const auto step = model.training.make();
  std::vector<double> times;
  const std::int64_t warm_up = model.training.steps_an_iteration == 1 ? 5 : 1;
  Progress progress("train", iterations + warm_up, "iterations");
  std::int64_t steps = 0;
  for (std::int64_t i = 0; i < iterations + warm_up; ++i) {
    const Stopwatch watch;
    for (std::int64_t k = 0; k < model.training.steps_an_iteration; ++k, ++steps) {
      stop_if_interrupted("timing");
      const auto batch = loader.next();
      step->step(
          {batch.images, batch.labels},
          {.step = steps, .epoch = settings.epochs - 1, .learning_rate = settings.schedule.learning_rate});
    }
    if (i >= warm_up) times.push_back(1e3 * watch.seconds());
    progress.advance();
    if (i % 10 == 0) result.machine.better(ops::product_rates());
  }
  result.peak_gflops = result.machine.in_use();
  const auto [least, most] = std::ranges::minmax(times);
  result.iteration_ms_median = median(times);
  result.iteration_ms_min = least;
  result.iteration_ms_max = most;
  result.iteration_gflop = model.training.iteration_flop * static_cast<double>(result.batch) * 1e-9;
  result.achieved_gflops = result.iteration_gflop / (result.iteration_ms_median * 1e-3);
}

void time_scoring(const models::Model& model, const std::string& data, Benchmark& result) {
  std::vector<double> whole, scoring;
  at::Tensor values;
  for (int round = 0; round < 3; ++round) {
    const Stopwatch watch;
    values = models::load_examples(data).values;
    const Stopwatch loaded;
    model.outputs.log_prob(values);
    const auto n = static_cast<double>(values.size(0));
    scoring.push_back(n / loaded.seconds());
    whole.push_back(n / watch.seconds());
  }
  constexpr int repeats = 30;
  std::vector<double> one_by_one;
  ops::ConstantWeights weights;  // as who keeps a model and asks it again and again
  const ops::UseConstantWeights use(&weights);
  for (int i = 0; i < repeats; ++i) {
    const Stopwatch watch;
    model.outputs.log_prob(values.slice(0, 0, 1));  // a tensor of its own: answers are remembered
    one_by_one.push_back(1e3 * watch.seconds());
  }
  result.score_one_ms = median(one_by_one);
  result.score_images_per_s = median(whole);
  result.score_only_images_per_s = median(scoring);
}

double time_sampling(const models::Sampler& sampler) {
  constexpr std::int64_t n = 1024;
  std::vector<double> rates;
  for (std::uint64_t round = 0; round < 3; ++round) {
    const Stopwatch watch;
    sampler.sample(n, {}, nn::generator(round));
    rates.push_back(static_cast<double>(n) / watch.seconds());
  }
  return median(rates);
}

Json to_json(const std::string& preset, const Benchmark& b) {
  const auto number = [](const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); };
  const auto steps = static_cast<double>(b.steps_an_iteration);
  return {{"preset", preset},
          {"threads", b.threads},
          {"batch", b.batch},
          {"precision", b.precision},
          {"steps_an_iteration", b.steps_an_iteration},
          {"train_iteration_ms_median", b.iteration_ms_median},
          {"train_step_ms_median", b.iteration_ms_median / steps},
          {"train_step_ms_min", b.iteration_ms_min / steps},
          {"train_step_ms_max", b.iteration_ms_max / steps},
          {"step_gflop", b.iteration_gflop / steps},
          {"achieved_gflops", b.achieved_gflops},
          {"peak_gflops", b.peak_gflops},
          {"machine",
           {{"float32_gflops", b.machine.float32},
            {"bfloat16_gflops", number(b.machine.bfloat16)},
            {"memory_gbs", b.memory_gbs}}},
          {"sample_images_per_s", number(b.sample_images_per_s)},
          {"score_images_per_s", number(b.score_images_per_s)},
          {"score_only_images_per_s", number(b.score_only_images_per_s)},
          {"score_one_ms", number(b.score_one_ms)},
          {"peak_memory_mb", b.peak_memory_mb}};
}

}  // namespace

Benchmark benchmark(Config config, const BenchmarkOptions& options) {
  Benchmark result{.threads = at::get_num_threads()};
  if (config.has("gan.warm_up")) config.set("gan.warm_up", false);  // iterations as they are after it
  const auto [set, model] = models::prepare(config);
  const auto settings = models::read_train(config);
  const ops::UsePrecision use(settings.precision);
  result.precision = ops::name_of(settings.precision);
  result.batch = settings.batch;
  result.steps_an_iteration = model.training.steps_an_iteration;

  if (model.density)  // found out before the time is taken
    if (const auto scored = models::load_examples(options.data); scored.shape != model.shape)
      throw fail("{}, the model takes {}", scored.text(), model.shape.text());
  data::Loader loader(
      set.values,
      data::LoaderOptions{.batch = settings.batch, .flatten = model.training.vectors, .seed = settings.seed},
      set.labels);
  time_training(model, loader, settings, options.steps, result);
  if (model.sampler) result.sample_images_per_s = time_sampling(*model.sampler);
  if (model.density) time_scoring(model, options.data, result);
  result.peak_memory_mb = peak_memory_mb();  // before the vectors of what follows
  for (int i = 0; i < 3; ++i) result.memory_gbs = std::max(result.memory_gbs, ops::memory_rate());
  return result;
}

report::Table to_table(const Benchmarks& benchmarks) {
  const auto rate = [](const std::optional<double>& value) {
    return value ? report::Cell(*value, 0) : report::Cell();
  };
  report::Table table{.title = "Speed", .columns = {{.name = "", .align = report::Align::kLeft}}};
  table.rows = {{"products in"},
                {"training iteration, median (ms)"},
                {"  fastest"},
                {"  slowest"},
                {"  steps"},
                {"  arithmetic (GFLOP)"},
                {"  achieved (GFLOP/s)"},
                {"  share of the machine's peak"},
                {"sampling (images/s)"},
                {"scoring, file to scores (images/s)"},
                {"  images in memory"},
                {"  one image (ms)"},
                {"peak memory (MB)"},
                {"this machine: float32 (GFLOP/s)"},
                {"  bfloat16 (GFLOP/s)"},
                {"  memory (GB/s)"}};
  for (const auto& [preset, b] : benchmarks) {
    table.columns.push_back({preset});
    const report::Cell cells[] = {b.precision,
                                  {b.iteration_ms_median, 1},
                                  {b.iteration_ms_min, 1},
                                  {b.iteration_ms_max, 1},
                                  b.steps_an_iteration,
                                  {b.iteration_gflop, 2},
                                  {b.achieved_gflops, 0},
                                  {b.achieved_gflops / b.peak_gflops, 2},
                                  rate(b.sample_images_per_s),
                                  rate(b.score_images_per_s),
                                  rate(b.score_only_images_per_s),
                                  b.score_one_ms ? report::Cell(*b.score_one_ms, 2) : report::Cell(),
                                  {b.peak_memory_mb, 0},
                                  {b.machine.float32, 0},
                                  rate(b.machine.bfloat16),
                                  {b.memory_gbs, 0}};
    for (std::size_t i = 0; i < table.rows.size(); ++i) table.rows[i].push_back(cells[i]);
    table.notes = {
        fmt::format(
            "{} threads, batch {}; of the machine the best moment of this run: a 2048³ product, and y "
            "← a x + y beyond its caches; the peak is that of the same precision",
            b.threads, b.batch),
        "arithmetic is that of the model as it is defined: in float32 convolutions are done with less "
        "(Winograd's method)"};
  }
  return table;
}

Json to_json(const Benchmarks& benchmarks) {
  Json documents = Json::array();
  for (const auto& [preset, b] : benchmarks) documents.push_back(to_json(preset, b));
  return documents.size() == 1 ? documents[0] : documents;
}

}  // namespace pushforward::runs
