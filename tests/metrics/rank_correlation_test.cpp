#include "pushforward/metrics/rank_correlation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "pushforward/core/error.h"

namespace pushforward::metrics {
namespace {

/// scipy.stats.spearmanr([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 6, 6]): ranks 2 1 4 3 5.5 5.5.
TEST(RankCorrelation, IsThatOfRanks) {
  const std::vector<double> x{1, 2, 3, 4, 5, 6}, y{2, 1, 4, 3, 6, 6};
  EXPECT_NEAR(rank_correlation(x, y).value, 0.8696565534786727, 1e-12);
  std::vector<double> monotone;
  for (const double v : x) monotone.push_back(-std::exp(v));
  EXPECT_DOUBLE_EQ(rank_correlation(x, monotone).value, -1);
}

/// Of a normal distribution with correlation r, ρ = 6/π · asin(r/2).
TEST(RankCorrelation, IntervalHoldsTheTruthAsOftenAsItSays) {
  std::mt19937_64 engine(1);
  std::normal_distribution<double> normal;
  const double r = 0.6, truth = 6 / M_PI * std::asin(r / 2);
  int held = 0;
  for (int repeat = 0; repeat < 1'000; ++repeat) {
    std::vector<double> x, y;
    for (int i = 0; i < 100; ++i) {
      x.push_back(normal(engine));
      y.push_back(r * x.back() + std::sqrt(1 - r * r) * normal(engine));
    }
    const auto rho = rank_correlation(x, y);
    held += rho.low <= truth && truth <= rho.high;
  }
  EXPECT_NEAR(held, 950, 30);
}

TEST(RankCorrelation, RefusesWhatIsNoPairOfNumbers) {
  const std::vector<double> four{1, 2, 3, 4}, three{1, 2, 3}, broken{1, 2, NAN, 4}, same{1, 1, 1, 1};
  EXPECT_THROW(rank_correlation(four, three), Error);
  EXPECT_THROW(rank_correlation(three, three), Error);
  EXPECT_THROW(rank_correlation(four, broken), Error);
  EXPECT_TRUE(std::isnan(rank_correlation(four, same).value));
}

}  // namespace
}  // namespace pushforward::metrics
