#include "pushforward/metrics/importance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "pushforward/core/error.h"

namespace pushforward::metrics {
namespace {

TEST(ImportanceMean, OfEqualWeightsIsWorthAllDraws) {
  const std::vector<double> logs(50, 700.0);  // exp of which no double holds a sum of
  const auto mean = importance_mean(logs);
  EXPECT_EQ(mean.count, 50);
  EXPECT_NEAR(mean.effective, 50, 1e-9);
  EXPECT_DOUBLE_EQ(mean.log_mean.value, 700);
  EXPECT_NEAR(mean.log_mean.half_width95(), 0, 1e-6);
  EXPECT_FALSE(mean.is_known());
}

TEST(ImportanceMean, OfOneWeightIsWorthOneDraw) {
  std::vector<double> logs(100, -std::numeric_limits<double>::infinity());
  logs[17] = 3;
  const auto mean = importance_mean(logs);
  EXPECT_NEAR(mean.effective, 1, 1e-12);
  EXPECT_NEAR(mean.log_mean.value, 3 - std::log(100), 1e-12);
}

/// w of log w ~ N(μ, σ²) has mean exp(μ + σ²/2), and n·exp(−σ²) draws of equal weight have its variance.
TEST(ImportanceMean, CoversTheMeanOfLogNormalWeights) {
  constexpr double mu = -2, sigma = 0.7;
  constexpr int n = 4'000, repeats = 400;
  std::mt19937_64 engine(3);
  std::normal_distribution<double> normal(mu, sigma);
  int covered = 0;
  double effective = 0;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    std::vector<double> logs(n);
    for (auto& log : logs) log = normal(engine);
    const auto mean = importance_mean(logs);
    const double truth = mu + sigma * sigma / 2;
    covered += mean.log_mean.low <= truth && truth <= mean.log_mean.high ? 1 : 0;
    effective += mean.effective / repeats;
    EXPECT_TRUE(mean.is_known());
  }
  EXPECT_GT(covered, 0.92 * repeats);
  EXPECT_NEAR(effective / n, std::exp(-sigma * sigma), 0.02);
}

/// w = u^(−k) of u ~ U[0, 1] has a tail of shape k.
TEST(ImportanceMean, SeesTheTailOfTheWeights) {
  std::mt19937_64 engine(5);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (const double shape : {0.2, 0.5, 0.9, 1.5}) {
    std::vector<double> logs(40'000);
    for (auto& log : logs) log = -shape * std::log(1 - uniform(engine));
    const auto mean = importance_mean(logs);
    EXPECT_NEAR(mean.tail, shape, 0.15);
    EXPECT_EQ(mean.is_known(), shape < 0.7) << shape << " " << mean.effective;
  }
}

/// Weights whose draws that matter are not seen look carried by enough of them; their tail does not.
TEST(ImportanceMean, IsUnknownWhereOnlyTheTailSaysSo) {
  std::mt19937_64 engine(7);
  std::normal_distribution<double> normal(0, std::sqrt(8));
  std::vector<double> logs(20'000);
  for (auto& log : logs) log = normal(engine) - 4;
  const auto mean = importance_mean(logs);
  EXPECT_GT(mean.effective, 4 * 20'000 * std::exp(-8.0)) << "of which the law is";
  EXPECT_GT(mean.tail, 0.7);
  EXPECT_FALSE(mean.is_known());
}

TEST(ImportanceMean, RefusesWhatIsNoWeight) {
  EXPECT_THROW(importance_mean({}), Error);
  EXPECT_THROW(importance_mean(std::vector{0.0, std::numeric_limits<double>::quiet_NaN()}), Error);
  EXPECT_THROW(importance_mean(std::vector{std::numeric_limits<double>::infinity()}), Error);
}

}  // namespace
}  // namespace pushforward::metrics
