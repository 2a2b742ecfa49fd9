#include "pushforward/lab/plane_game.h"

#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/core/random.h"
#include "pushforward/data/loader.h"
#include "pushforward/nn/random.h"

namespace pushforward::lab {
namespace {

constexpr double scale = 2;  // of the points

at::Generator weights(std::uint64_t seed, const char* network) {
  return nn::generator(stream_key(seed, network));
}

template <typename Network, typename Options>
std::shared_ptr<Network> made(const Options& options, at::Generator init) {
  return std::make_shared<Network>(options, init);
}

}  // namespace

PlaneGame::PlaneGame(const data::Toy& toy, const PlaneGameOptions& options)
    : toy_(toy),
      options_(options),
      generator_(made<gans::MlpGenerator>(
          gans::MlpGeneratorOptions{.latent = 2, .hidden = {128, 128}, .scale = scale},
          weights(options.seed, "generator init"))),
      critic_(
          made<gans::MlpCritic>(gans::MlpCriticOptions{.hidden = {128, 128}, .slope = 0.2, .scale = scale},
                                weights(options.seed, "critic init"))),
      game_(
          generator_, critic_,
          {.objective = options.objective,
           .regulariser = options.regulariser,
           .schedule = gans::CriticSchedule(options.n_critic),
           .generator = ops::AdamOptions{.learning_rate = options.generator_rate, .beta1 = 0.5, .beta2 = 0.9},
           .critic = ops::AdamOptions{.learning_rate = options.critic_rate, .beta1 = 0.5, .beta2 = 0.9},
           .space = gans::Space::points,
           .seed = options.seed}) {}

void PlaneGame::train(const std::string& name, std::int64_t updates, const Seen& seen) {
  const auto steps = updates * options_.n_critic;
  const auto all = data::to_tensor(
      data::draw(toy_, "train", std::min<std::int64_t>(options_.batch * steps, 200'000), options_.seed));
  const auto batches = all.size(0) / options_.batch;
  Progress progress(name, steps);
  for (std::int64_t step = 0; step < steps; ++step) {
    stop_if_interrupted("training a generator");
    const auto begin = step % batches * options_.batch;
    const double done = options_.falling ? static_cast<double>(step) / static_cast<double>(steps) : 0;
    const auto scalars = game_.step(all.slice(0, begin, begin + options_.batch),
                                    {.step = step, .learning_rate = options_.generator_rate * (1 - done)});
    if (seen) seen(step + 1, scalars);
    progress.advance();
  }
}

at::Tensor PlaneGame::sample(std::int64_t n) {
  return game_.sample(n, nn::generator(stream_key(options_.seed, "plane samples")));
}

}  // namespace pushforward::lab
