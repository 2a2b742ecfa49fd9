#include "pushforward/train/schedule.h"

#include "tests/ops/tensors.h"

#include <cmath>
#include <numbers>

namespace pushforward::train {
namespace {

TEST(Schedule, ConstantIsConstant) {
  const Schedule s{.learning_rate = 0.5, .total = 10};
  for (const std::int64_t step : {0, 5, 9, 1000}) EXPECT_EQ(s.at(step), 0.5);
}

TEST(Schedule, WarmUpEndsAtTheRate) {
  const Schedule s{.learning_rate = 0.8, .warmup = 4, .total = 10};
  for (const auto& [step, rate] : {std::pair{0, 0.2}, {1, 0.4}, {2, 0.6}, {3, 0.8}, {4, 0.8}, {9, 0.8}})
    EXPECT_DOUBLE_EQ(s.at(step), rate) << step;
}

TEST(Schedule, LinearFallsToZero) {
  const Schedule s{.learning_rate = 1, .decay = Decay::linear, .warmup = 2, .total = 12};
  for (const auto& [step, rate] : {std::pair{0, 0.5}, {1, 1.0}, {2, 1.0}, {3, 0.9}, {7, 0.5}, {12, 0.0}})
    EXPECT_DOUBLE_EQ(s.at(step), rate) << step;
  EXPECT_EQ(s.at(1000), 0);
}

TEST(Schedule, CosineIsTheFormula) {
  const Schedule s{.learning_rate = 2, .decay = Decay::cosine, .total = 100};
  for (const std::int64_t step : {0, 1, 25, 50, 99, 100})
    EXPECT_NEAR(s.at(step), 1 + std::cos(std::numbers::pi * static_cast<double>(step) / 100), 1e-12) << step;
}

TEST(Schedule, AWarmUpLongerThanTheTrainingIsOnlyThat) {
  const Schedule s{.learning_rate = 1, .decay = Decay::cosine, .warmup = 100, .total = 10};
  EXPECT_DOUBLE_EQ(s.at(9), 0.1);
}

TEST(Schedule, NamesItsDecays) {
  EXPECT_EQ(decay_of("constant"), Decay::constant);
  EXPECT_EQ(decay_of("linear"), Decay::linear);
  EXPECT_EQ(decay_of("cosine"), Decay::cosine);
  expect_says([] { decay_of("cosin"); },
              "unknown schedule cosin: expected one of constant, linear, cosine, did you mean cosine?");
}

}  // namespace
}  // namespace pushforward::train
