// The whole training step and scoring of the preset `realnvp`, random pixels in the place of images.
#include "bench/rates.h"

#include "pushforward/flows/models.h"
#include "pushforward/ops/adam.h"

namespace pushforward::bench {
namespace {

constexpr double multiply_adds = 8.0 * 2 * 2 * 392 * 1024;  // of one image through the live weights

void train_step(benchmark::State& state) {
  const auto n = state.range(0);
  const auto flow = flows::real_nvp({});
  const auto x = at::rand({n, 784});
  const auto parameters = flow->parameters();
  std::vector<at::Tensor> first, second;
  for (const auto& parameter : parameters) {
    first.push_back(at::zeros_like(parameter));
    second.push_back(at::zeros_like(parameter));
  }
  std::int64_t step = 0;
  for (auto _ : state) {
    for (const auto& parameter : parameters) parameter.mutable_grad().reset();
    (-flow->log_prob(x).mean()).backward();
    std::vector<at::Tensor> gradients;
    for (const auto& parameter : parameters) gradients.push_back(parameter.grad());
    ops::adam_step(parameters, gradients, first, second, ++step, {});
  }
  flops(state, 6.0 * multiply_adds * static_cast<double>(n));
  images(state, static_cast<double>(n));
}

void score(benchmark::State& state) {
  const auto flow = flows::real_nvp({});
  const auto x = at::rand({state.range(0), 784});
  const at::NoGradGuard no_grad;
  for (auto _ : state) benchmark::DoNotOptimize(flow->log_prob(x));
  flops(state, 2.0 * multiply_adds * static_cast<double>(state.range(0)));
  images(state, static_cast<double>(state.range(0)));
}

BENCHMARK(train_step)->Name("realnvp/train_step")->Arg(128)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(score)
    ->Name("realnvp/score")
    ->Arg(128)
    ->Arg(512)
    ->Arg(2048)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace pushforward::bench
