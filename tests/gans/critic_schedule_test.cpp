#include "pushforward/gans/critic_schedule.h"

#include "tests/ops/tensors.h"

namespace pushforward::gans {
namespace {

TEST(CriticSchedule, IsConstantWithoutWarmUp) {
  for (const std::int64_t updates : {0, 24, 25, 500, 12345})
    EXPECT_EQ(CriticSchedule(5).critic_steps(updates), 5);
  EXPECT_EQ(CriticSchedule().critic_steps(0), 1);
}

TEST(CriticSchedule, WarmsUpAsTheAuthorsDo) {
  const CriticSchedule schedule(5, true);
  for (const std::int64_t warm : {0, 1, 24, 500, 1000, 100000}) EXPECT_EQ(schedule.critic_steps(warm), 100);
  for (const std::int64_t usual : {25, 26, 499, 501, 999}) EXPECT_EQ(schedule.critic_steps(usual), 5);
}

TEST(CriticSchedule, RefusesNoCriticSteps) {
  for (const std::int64_t n : {0, -1})
    expect_usage([&] { CriticSchedule{n}; },
                 fmt::format("n_critic: expected at least 1 critic step for a generator step, got {}", n));
}

}  // namespace
}  // namespace pushforward::gans
