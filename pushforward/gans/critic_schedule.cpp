#include "pushforward/gans/critic_schedule.h"

#include "pushforward/core/error.h"

namespace pushforward::gans {

CriticSchedule::CriticSchedule(std::int64_t n_critic, bool warm_up) : n_critic_(n_critic), warm_up_(warm_up) {
  if (n_critic < 1)
    throw usage("n_critic: expected at least 1 critic step for a generator step, got {}", n_critic);
}

std::int64_t CriticSchedule::critic_steps(std::int64_t generator_updates) const {
  constexpr std::int64_t warm = 100, first = 25, every = 500;
  return warm_up_ && (generator_updates < first || generator_updates % every == 0) ? warm : n_critic_;
}

}  // namespace pushforward::gans
