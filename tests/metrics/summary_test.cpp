#include "pushforward/metrics/summary.h"

#include "tests/expect.h"
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/metrics/interval.h"
#include "pushforward/metrics/likelihood.h"

namespace pushforward::metrics {
namespace {

TEST(Summary, HandValues) {
  const auto summary = summarize(std::vector<double>{4, 1, 3, 2, infinity, std::nan(""), -infinity});
  EXPECT_EQ(summary.count, 7);
  EXPECT_EQ(summary.non_finite, 3);
  EXPECT_DOUBLE_EQ(summary.mean, 2.5);
  EXPECT_DOUBLE_EQ(summary.sd, std::sqrt(5.0 / 3));
  EXPECT_DOUBLE_EQ(summary.standard_error, std::sqrt(5.0 / 3) / 2);
  EXPECT_EQ(summary.min, 1);
  EXPECT_DOUBLE_EQ(summary.q05, 1.15);
  EXPECT_DOUBLE_EQ(summary.q25, 1.75);
  EXPECT_DOUBLE_EQ(summary.median, 2.5);
  EXPECT_DOUBLE_EQ(summary.q75, 3.25);
  EXPECT_EQ(summary.max, 4);
}

TEST(Summary, UndefinedIsNan) {
  const auto none = summarize(std::vector<double>{std::nan("")});
  EXPECT_EQ(none.non_finite, 1);
  EXPECT_TRUE(std::isnan(none.mean) && std::isnan(none.sd) && std::isnan(none.median) &&
              std::isnan(none.max));
  const auto one = summarize(std::vector<double>{5});
  EXPECT_EQ(one.mean, 5);
  EXPECT_EQ(one.q05, 5);
  EXPECT_TRUE(std::isnan(one.sd) && std::isnan(one.standard_error));
}

TEST(Summary, SdSurvivesALargeOffset) {
  EXPECT_DOUBLE_EQ(sd_of(std::vector<double>{1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}), std::sqrt(30.0));
}

TEST(Interval, StudentFollowsTables) {
  // SciPy's t.ppf(0.975, dof).
  const std::pair<int, double> expected[] = {{1, 12.7062047362},  {2, 4.3026527297},  {9, 2.2621571628},
                                             {10, 2.2281388520},  {15, 2.1314495456}, {30, 2.0422724563},
                                             {1000, 1.9623390808}};
  for (const auto& [dof, value] : expected) EXPECT_NEAR(student_t95(dof), value, 1e-9) << dof;
  EXPECT_NEAR(student_t95(1'000'000'000), z95, 1e-8) << "that of the normal distribution";
  expect_says([] { student_t95(0); }, "at least 1 degree of freedom, got 0");
}

TEST(Interval, MeanOfThreeSeeds) {
  const auto interval = mean_interval(std::vector<double>{1, 2, 3});
  EXPECT_DOUBLE_EQ(interval.value, 2);
  EXPECT_NEAR(interval.half_width95(), 4.302652730 / std::sqrt(3.0), 1e-9);
  EXPECT_EQ(mean_interval(std::vector<double>{1}).high, infinity);
  expect_says([] { mean_interval({}); }, "at least one value, got none");
}

TEST(Interval, WilsonFollowsBrownCaiDasGupta) {
  const auto ten = wilson(0.1, 10);  // 1 of 10
  EXPECT_NEAR(ten.low, 0.0178762, 1e-6);
  EXPECT_NEAR(ten.high, 0.4041500, 1e-6);
  const auto none = wilson(0, 10);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, z95 * z95 / (10 + z95 * z95), 1e-12);
  EXPECT_EQ(wilson(1, 10).high, 1);
}

TEST(BitsPerDim, IsEightForTheUniformAndFallsWithLikelihood) {
  EXPECT_DOUBLE_EQ(bits_per_dim(0, 784), 8);
  EXPECT_NEAR(bits_per_dim(1000, 784), (-1000.0 / 784 + std::log(256.0)) / std::log(2.0), 1e-12);
  const auto interval = bits_per_dim(Interval{1000, 900, 1100}, 784);
  EXPECT_DOUBLE_EQ(interval.low, bits_per_dim(1100, 784));
  EXPECT_DOUBLE_EQ(interval.high, bits_per_dim(900, 784));
  expect_says([] { bits_per_dim(0, 0); }, "at least 1 dimension, got 0");
}

}  // namespace
}  // namespace pushforward::metrics
