#include "pushforward/report/histogram.h"

#include "tests/report/scratch_folder.h"
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "pushforward/core/random.h"

namespace pushforward::report {
namespace {

std::vector<double> normal(double mean, double deviation, int n, std::uint64_t seed) {
  auto engine = stream(seed, "histogram test");
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(mean + deviation * normal01(engine));
  return values;
}

double inside(const Binned& binned, Interval range) {
  return std::accumulate(binned.density.begin(), binned.density.end(), 0.0) * (range.high - range.low) /
         static_cast<double>(binned.density.size());
}

TEST(Bin, CountsByHand) {
  // [0, 1) holds 0 and 0.5; [1, 2) holds 1; [2, 3) nothing; the last bin is closed and holds 3 and 4.
  const Binned binned = bin(std::vector<double>{0, 0.5, 1, 3, 4}, {0, 4}, 4);
  EXPECT_EQ(binned.density, (std::vector<double>{0.4, 0.2, 0, 0.4}));
}

TEST(Bin, DensitiesAndSharesBeyondSumToOne) {
  const auto values = normal(0, 1, 5000, 1);
  const Interval whole{-10, 10}, part{-0.5, 1.5};
  EXPECT_NEAR(inside(bin(values, whole, 37), whole), 1, 1e-12);
  const Binned binned = bin(values, part, 37);
  EXPECT_NEAR(inside(binned, part) + binned.below + binned.above, 1, 1e-12);
  EXPECT_NEAR(binned.below, 0.3085, 0.02);
  EXPECT_NEAR(binned.above, 0.0668, 0.01);
}

TEST(Bin, InfinitiesLieBeyondAndNansAreCounted) {
  const Binned binned = bin(std::vector<double>{-INFINITY, 1, NAN, INFINITY, INFINITY}, {0, 2}, 1);
  EXPECT_EQ(binned.below, 0.25);
  EXPECT_EQ(binned.above, 0.5);
  EXPECT_EQ(binned.nans, 1u);
  EXPECT_EQ(binned.density[0], 0.125);
}

TEST(Bin, NoValuesNoShares) {
  for (const std::vector<double>& values : {std::vector<double>{}, std::vector<double>{NAN, NAN}}) {
    const Binned binned = bin(values, {0, 1}, 2);
    EXPECT_EQ(binned.density, (std::vector<double>{0, 0}));
    EXPECT_EQ(binned.below + binned.above, 0);
    EXPECT_EQ(binned.nans, values.size());
  }
}

TEST(Bin, RefusesNoBinsAndNoRange) {
  EXPECT_NE(message_of([] { bin({}, {0, 1}, 0); }), "");
  EXPECT_NE(message_of([] { bin({}, {1, 1}, 3); }), "");
}

TEST(RobustRange, OneFarValueDoesNotFlattenTheRest) {
  auto values = normal(1600, 250, 10000, 2);
  const Interval clean = robust_range(std::vector(1, values));
  values[17] = -1e5;
  const Interval spoiled = robust_range(std::vector(1, values));
  EXPECT_NEAR(spoiled.low, clean.low, 50);
  EXPECT_NEAR(spoiled.high, clean.high, 50);
}

TEST(RobustRange, OrdinaryTailsStayWhole) {
  const auto values = normal(0, 1, 10000, 3);
  const Binned binned = bin(values, robust_range(std::vector(1, values)), 10);
  EXPECT_EQ(binned.below + binned.above, 0);
}

TEST(RobustRange, TakesInNeighboursAndLeavesOutFarSets) {
  const std::vector<std::vector<double>> samples{normal(1600, 250, 2000, 4), normal(-1300, 900, 2000, 5),
                                                 normal(-9e4, 9e3, 2000, 6)};
  const Interval range = robust_range(samples);
  EXPECT_LT(range.low, -3000);
  EXPECT_GT(range.low, -8000);
  EXPECT_EQ(bin(samples[2], range, 5).below, 1);
}

TEST(RobustRange, IsNeverEmpty) {
  const double big = 1e15;
  for (const std::vector<std::vector<double>>& samples :
       {std::vector<std::vector<double>>{}, {{}}, {{NAN, INFINITY}}, {{0}}, {{big, big}}, {{3}, {3}}}) {
    const Interval range = robust_range(samples);
    EXPECT_LT(range.low, range.high);
    EXPECT_TRUE(std::isfinite(range.low) && std::isfinite(range.high));
  }
}

TEST(RobustRange, AConstantFirstSampleDoesNotHideTheOthers) {
  const auto spread = normal(10, 1, 1000, 7);
  const Interval range = robust_range(std::vector<std::vector<double>>{{9, 9, 9}, spread});
  EXPECT_LT(range.low, 8);
  EXPECT_GT(range.high, 12);
}

}  // namespace
}  // namespace pushforward::report
