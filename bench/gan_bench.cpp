// The adversarial step and sampling at the DCGAN's size, random pixels in the place of images.
#include "bench/rates.h"

#include "pushforward/core/memory.h"
#include "pushforward/gans/adversarial.h"
#include "pushforward/gans/dcgan.h"

namespace pushforward::bench {
namespace {

constexpr std::int64_t batch = 64;

struct Networks {
  explicit Networks(gans::CriticNorm norm) {
    keep_freed_memory();
    auto init = nn::generator(0);
    generator = std::make_shared<gans::DcganGenerator>(gans::DcganOptions{}, init);
    critic = std::make_shared<gans::DcganCritic>(gans::DcganOptions{}, norm, init);
  }
  std::shared_ptr<gans::DcganGenerator> generator;
  std::shared_ptr<gans::DcganCritic> critic;
};

void steps(benchmark::State& state, gans::CriticNorm norm, const gans::AdversarialOptions& options,
           std::int64_t steps_an_iteration) {
  const Networks networks(norm);
  gans::Adversarial model(networks.generator, networks.critic, options);
  const auto x = at::rand({batch, 1, 64, 64});
  std::int64_t step = 0;
  for (auto _ : state)
    for (std::int64_t i = 0; i < steps_an_iteration; ++i)
      model.step(x, {.step = step++, .learning_rate = 1e-4});
  images(state, static_cast<double>(batch * steps_an_iteration));
}

/// The study's: the generator, then the critic.
void dcgan_step(benchmark::State& state) {
  steps(state, gans::CriticNorm::batch, {.generator_first = true}, 1);
}

/// Five updates of the critic with gradient penalty and one of the generator.
void wgan_gp_iteration(benchmark::State& state) {
  steps(state, gans::CriticNorm::none,
        {.objective = gans::wasserstein(),
         .regulariser = gans::gradient_penalty(10),
         .schedule = gans::CriticSchedule(5)},
        5);
}

void sampling(benchmark::State& state) {
  const Networks networks(gans::CriticNorm::batch);
  const auto z = at::randn({state.range(0), 100});
  for (auto _ : state) benchmark::DoNotOptimize(gans::generate(*networks.generator, z));
  images(state, static_cast<double>(state.range(0)));
}

BENCHMARK(dcgan_step)->Name("dcgan/train_step")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(wgan_gp_iteration)->Name("wgan-gp/train_iteration")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(sampling)->Name("dcgan/sample")->Arg(64)->Arg(512)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace pushforward::bench
