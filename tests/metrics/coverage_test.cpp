#include "pushforward/metrics/coverage.h"

#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <cmath>

namespace pushforward::metrics {
namespace {

const at::Tensor corners = at::tensor({0.0, 0.0, 10.0, 0.0, 0.0, 10.0, 10.0, 10.0}).reshape({4, 2});

Coverage coverage_of(const at::Tensor& samples, double sigma = 1) {
  CoverageStatistics statistics(corners, sigma);
  statistics.add(samples);
  return statistics.value();
}

TEST(Coverage, CountsByHand) {
  // At a centre, at exactly 3σ, just beyond 3σ, far off.
  const auto value =
      coverage_of(at::tensor({0.0, 0.0, 10.0, 3.0, 0.0, 13.001, 100.0, 100.0}).reshape({4, 2}));
  EXPECT_EQ(value.samples, 4);
  EXPECT_EQ(value.modes, 4);
  EXPECT_EQ(value.reached, 2);
  EXPECT_EQ(value.covered, 2);
  EXPECT_DOUBLE_EQ(value.high_quality, 0.5);
  EXPECT_DOUBLE_EQ(value.kl, 0);
}

TEST(Coverage, TrueSamplesCoverAllModes) {
  const auto samples = corners.repeat({5000, 1}) + gaussian(20'000, 2, "true");
  const auto value = coverage_of(samples);
  EXPECT_EQ(value.covered, 4);
  EXPECT_NEAR(value.high_quality, 1 - std::exp(-4.5), 0.003);
  EXPECT_NEAR(value.kl, 0, 1e-6);
}

TEST(Coverage, AStraySampleReachesAModeAndDoesNotCoverIt) {
  const auto samples = at::cat({at::zeros({960, 2}), corners.narrow(0, 1, 1).repeat({25, 1}),
                                corners.narrow(0, 2, 1).repeat({14, 1}), corners.narrow(0, 3, 1)});
  const auto value = coverage_of(samples);
  EXPECT_EQ(value.samples, 1000);
  EXPECT_EQ(value.reached, 4);
  EXPECT_EQ(value.covered, 2) << "25 of 1,000 are a tenth of an even share of 250";
}

TEST(Coverage, KlIsLogOfTheModesForACollapse) {
  EXPECT_NEAR(coverage_of(at::zeros({100, 2})).kl, std::log(4.0), 1e-12);
  const auto two = coverage_of(corners.narrow(0, 0, 2).repeat({50, 1}));
  EXPECT_NEAR(two.kl, std::log(2.0), 1e-12);
  EXPECT_EQ(two.reached, 2);
}

TEST(Coverage, PartsMergeIntoTheWhole) {
  const auto samples = 6 * gaussian(1000, 2, "merge") + 5;
  CoverageStatistics whole(corners, 0.7), first(corners, 0.7), second(corners, 0.7);
  whole.add(samples);
  first.add(samples.narrow(0, 0, 300).to(at::kFloat));
  second.add(samples.narrow(0, 300, 700));
  first.merge(second);
  EXPECT_EQ(std::vector(first.nearest().begin(), first.nearest().end()),
            std::vector(whole.nearest().begin(), whole.nearest().end()));
  EXPECT_EQ(std::vector(first.within().begin(), first.within().end()),
            std::vector(whole.within().begin(), whole.within().end()));
  EXPECT_EQ(first.value().kl, whole.value().kl);
  expect_says([&] { first.merge(CoverageStatistics(corners, 0.8)); }, "statistics of the same modes");
  expect_says([&] { first.merge(CoverageStatistics(corners + 1, 0.7)); }, "statistics of the same modes");
}

TEST(Coverage, WorksInAnyDimensionAndForOneMode) {
  CoverageStatistics statistics(at::ones({1, 5}), 0.1);
  statistics.add(at::ones({1, 5}));
  const auto value = statistics.value();
  EXPECT_EQ(value.covered, 1);
  EXPECT_EQ(value.kl, 0);
}

TEST(Coverage, RefusesWhatItCannotCount) {
  CoverageStatistics statistics(corners, 1);
  EXPECT_NE(message([&] { statistics.value(); }).find("expected samples, got none"), std::string::npos);
  statistics.add(at::zeros({0, 2}));
  expect_says([&] { statistics.value(); }, "expected samples, got none");
  EXPECT_NE(message([&] {
              statistics.add(at::zeros({4, 3}));
            }).find("[N, 2], got [4, 3]"),
            std::string::npos);
  for (const double broken : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    auto samples = at::zeros({3, 2}, at::kDouble);
    samples[2][1] = broken;
    CoverageStatistics fresh(corners, 1);
    EXPECT_NE(message([&] { fresh.add(samples); }).find("sample 2 of 3 is not finite"), std::string::npos);
  }
  expect_says([] { CoverageStatistics(at::zeros({0, 2}), 1); }, "expected centres [K, D], got [0, 2]");
  expect_says([] { CoverageStatistics(corners, 0); }, "a standard deviation above 0, got 0");
  expect_says([] { CoverageStatistics(corners, std::nan("")); }, "a standard deviation above 0, got nan");
}

}  // namespace
}  // namespace pushforward::metrics
