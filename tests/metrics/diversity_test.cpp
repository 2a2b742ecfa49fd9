#include "pushforward/metrics/diversity.h"

#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <cmath>

namespace pushforward::metrics {
namespace {

double distance_of(const at::Tensor& samples) {
  SpreadStatistics statistics;
  statistics.add(samples);
  return statistics.distance();
}

TEST(Spread, IsTheRootMeanSquareDistanceOfPairs) {
  const auto x = gaussian(40, 6, "pairs") + 3;
  const auto distances = at::cdist(x, x, 2, 2);
  const double direct = std::sqrt(distances.square().sum().item<double>() / (40 * 39));
  EXPECT_NEAR(distance_of(x), direct, 1e-12);
  EXPECT_NEAR(distance_of(x.reshape({40, 1, 2, 3})), direct, 1e-12);
  EXPECT_DOUBLE_EQ(distance_of(at::tensor({0.0, 3.0}).reshape({2, 1})), 3);
}

TEST(Spread, PartsMergeIntoTheWhole) {
  const auto x = gaussian(100, 5, "parts") + 1e5;
  SpreadStatistics first, second, none;
  first.add(x.narrow(0, 0, 1));
  first.add(x.narrow(0, 1, 29));
  second.add(x.narrow(0, 30, 70));
  second.add(x.narrow(0, 0, 0));
  first.merge(second);
  first.merge(none);
  none.merge(first);
  EXPECT_EQ(none.count(), 100);
  EXPECT_NEAR(none.distance(), distance_of(x), 1e-9);
}

TEST(Diversity, IsOneForTheSameDataAndZeroForOneSample) {
  const auto real = gaussian(300, 8, "real");
  const auto same = diversity(real, real);
  EXPECT_EQ(same.spread, 1);
  EXPECT_EQ(same.nearest, 1);
  const auto collapsed = diversity(real.narrow(0, 0, 1).repeat({300, 1}), real);
  EXPECT_LT(collapsed.spread, 1e-12);
  EXPECT_EQ(collapsed.nearest, 0);
  EXPECT_NEAR(diversity(3 * real + 7, real).spread, 3, 1e-9);
  const auto fresh = diversity(gaussian(200, 8, "fresh"), real);
  EXPECT_NEAR(fresh.spread, 1, 0.1);
  EXPECT_NEAR(fresh.nearest, 1, 0.15);
}

TEST(Diversity, TenSamplesOverAndOverKeepTheirSpreadOnly) {
  const auto real = gaussian(300, 8, "ten");
  const auto repeated = diversity(real.narrow(0, 0, 10).repeat({30, 1}), real);
  EXPECT_NEAR(repeated.spread, 1, 0.3);
  EXPECT_EQ(repeated.nearest, 0);
}

TEST(Diversity, HoldsEquallyManyAgainstEachOther) {
  // Denser data have nearer neighbours: 2,000 against 100 must still be near 1.
  const auto dense = gaussian(2000, 4, "dense"), sparse = gaussian(100, 4, "sparse");
  EXPECT_NEAR(diversity(sparse, dense).nearest, 1, 0.25);
  EXPECT_NEAR(diversity(dense, sparse).nearest, 1, 0.25);
}

TEST(Diversity, IsUndefinedAgainstDataThatDoNotDiffer) {
  const auto none = diversity(gaussian(5, 2, "some"), at::ones({5, 2}));
  EXPECT_TRUE(std::isnan(none.spread) && std::isnan(none.nearest));
}

TEST(Diversity, RefusesWhatCannotBeCompared) {
  const auto real = gaussian(5, 4, "refuse");
  EXPECT_NE(message([&] { diversity(real.narrow(0, 0, 1), real); }).find("at least 2 samples, got 1"),
            std::string::npos);
  EXPECT_NE(message([&] { diversity(real, real.narrow(0, 0, 0)); }).find("got 0"), std::string::npos);
  EXPECT_NE(message([&] { diversity(real.narrow(1, 0, 3), real); }).find("4 values"), std::string::npos);
  EXPECT_NE(message([&] { diversity(real.flatten(), real); }).find("1 dimensions"), std::string::npos);
  auto broken = real.clone();
  broken[3][0] = std::nan("");
  EXPECT_NE(message([&] { diversity(broken, real); }).find("sample 3 of 5 is not finite"), std::string::npos);
  EXPECT_NE(message([&] { diversity(real, broken / 0); }).find("not finite"), std::string::npos);
  SpreadStatistics statistics;
  statistics.add(real);
  EXPECT_NE(message([&] { statistics.add(real.narrow(1, 0, 2)); }).find("4 values, got 2"),
            std::string::npos);
}

}  // namespace
}  // namespace pushforward::metrics
