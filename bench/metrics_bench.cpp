// Metrics of features at the sizes they are published with.
#include "bench/rates.h"
#include "tests/goldens/formula.h"

#include "pushforward/metrics/fid.h"
#include "pushforward/metrics/kid.h"
#include "pushforward/metrics/precision_recall.h"

namespace pushforward::bench {
namespace {

constexpr std::int64_t samples = 10000;

/// Numbers that bench/vs_scipy makes as well.
std::pair<at::Tensor, at::Tensor> features(std::int64_t dims) {
  return {formula("real", {samples, dims}), 0.9 * formula("fake", {samples, dims}) + 0.1};
}

void statistics(benchmark::State& state) {
  const auto [real, fake] = features(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(metrics::GaussianStatistics::of(real));
  flops(state, 2.0 * static_cast<double>(samples * state.range(0) * state.range(0)));
}

void distance(benchmark::State& state) {
  const auto [real, fake] = features(state.range(0));
  const auto a = metrics::GaussianStatistics::of(real), b = metrics::GaussianStatistics::of(fake);
  for (auto _ : state) benchmark::DoNotOptimize(metrics::frechet_distance(a, b));
}

/// From features to the distance, as SciPy's program does.
void frechet(benchmark::State& state) {
  const auto [real, fake] = features(state.range(0));
  double value = 0;
  for (auto _ : state)
    value = metrics::frechet_distance(metrics::GaussianStatistics::of(real),
                                      metrics::GaussianStatistics::of(fake));
  state.counters["value"] = value;
}

void fid(benchmark::State& state) {
  const auto [real, fake] = features(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(metrics::fid(real, fake));
}

void kid(benchmark::State& state) {
  const auto [real, fake] = features(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(metrics::kid(real, fake));
  flops(state, 100 * 3 * 2.0 * 1000 * 1000 * static_cast<double>(state.range(0)));
}

/// Of two sets from N(0, I); with 1,000 dimensions about P .477, R .471, D 1.056, C .974.
void prdc(benchmark::State& state) {
  at::manual_seed(0);
  const auto real = at::randn({samples, state.range(0)}), fake = at::randn({samples, state.range(0)});
  metrics::Prdc found;
  for (auto _ : state) found = metrics::prdc(real, fake);
  state.counters["P"] = found.precision.value;
  state.counters["R"] = found.recall.value;
  state.counters["D"] = found.density.value;
  state.counters["C"] = found.coverage.value;
}

void options(benchmark::internal::Benchmark* benchmark) {
  benchmark->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);
}

BENCHMARK(statistics)->Name("frechet/statistics")->Arg(2048)->Apply(options);
BENCHMARK(distance)->Name("frechet/distance")->Arg(128)->Arg(2048)->Apply(options);
BENCHMARK(frechet)->Name("frechet")->Arg(128)->Arg(2048)->Apply(options);
BENCHMARK(fid)->Name("fid")->Arg(128)->Arg(2048)->Apply(options);
BENCHMARK(kid)->Name("kid")->Arg(2048)->Apply(options);
BENCHMARK(prdc)->Name("prdc")->Arg(1000)->Apply(options);

}  // namespace
}  // namespace pushforward::bench
