#include "pushforward/lab/line_game.h"

#include <cmath>
#include <numbers>

#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/gans/objective.h"
#include "pushforward/nn/descent.h"
#include "pushforward/nn/random.h"

namespace pushforward::lab {

at::Tensor optimal_logit(const at::Tensor& x, double theta) {
  return theta * theta / 2 - theta * x;
}

std::shared_ptr<gans::MlpCritic> trained_critic(const Draw& real, const Draw& fake, std::int64_t dims,
                                                std::int64_t steps, std::uint64_t seed,
                                                const std::vector<std::int64_t>& hidden, const Seen& seen) {
  constexpr std::int64_t batch = 512;
  constexpr double learning_rate = 3e-3;
  auto init = nn::generator(seed);
  auto critic = std::make_shared<gans::MlpCritic>(
      gans::MlpCriticOptions{.dims = dims, .hidden = hidden, .slope = 0.2}, init);
  nn::Descent descent(*critic, {});
  const auto objective = gans::minimax();
  Progress progress("discriminator", steps);
  for (std::int64_t step = 0; step < steps; ++step) {
    if (seen) seen(step, *critic);
    stop_if_interrupted("training a discriminator");
    const auto loss = objective.critic_loss(critic->forward(real(batch)), critic->forward(fake(batch)));
    const double done = static_cast<double>(step) / static_cast<double>(steps);
    descent.minimise(
        loss, {.step = step, .learning_rate = learning_rate * (1 + std::cos(std::numbers::pi * done)) / 2});
    progress.advance();
  }
  if (seen) seen(steps, *critic);
  return critic;
}

}  // namespace pushforward::lab
