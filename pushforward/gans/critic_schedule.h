// How many steps the critic takes for one of the generator.
#pragma once

#include <cstdint>

namespace pushforward::gans {

/// n_critic critic steps for every generator step; with warm-up, 100 for the generator's first 25 steps and
/// for every 500th, as the authors' code of Arjovsky et al. 2017 has it.
class CriticSchedule {
 public:
  /// Throws UsageError when n_critic < 1.
  explicit CriticSchedule(std::int64_t n_critic = 1, bool warm_up = false);

  /// Critic steps that go with the generator step made after `generator_updates` of them.
  std::int64_t critic_steps(std::int64_t generator_updates) const;
  std::int64_t n_critic() const { return n_critic_; }

 private:
  std::int64_t n_critic_;
  bool warm_up_;
};

}  // namespace pushforward::gans
