#include "pushforward/ood/calibration.h"

#include "tests/expect.h"
#include "tests/ood/gaussians.h"
#include <gtest/gtest.h>

#include <limits>

namespace pushforward::ood {
namespace {

TEST(Calibration, RealisedRateIsWithinItsInterval) {
  constexpr std::size_t held_out_count = 10'000, fresh_count = 10'000;
  constexpr int splits = 20;
  for (const double rate : {0.01, 0.05}) {
    // Both sets are finite: the realised rate has the variance of the one and of the other.
    const double sd = std::sqrt(rate * (1 - rate) * (1.0 / held_out_count + 1.0 / fresh_count));
    int within = 0;
    double mean = 0;
    for (int split = 0; split < splits; ++split) {
      const Calibration calibration(normals(held_out_count, "held-out", split), rate);
      const double realised = calibration.realised_rate(normals(fresh_count, "fresh", split)).value;
      within += std::abs(realised - rate) <= metrics::z95 * sd;
      mean += realised / splits;
    }
    EXPECT_GE(within, 16) << rate;
    EXPECT_NEAR(mean, rate, 3 * sd / std::sqrt(splits)) << rate;
  }
}

TEST(Calibration, GuaranteeHoldsForFewScores) {
  // 19 scores: at 5 % exactly the scores above all of them, probability 1/20.
  constexpr int trials = 40'000;
  for (const std::size_t n : {19, 30, 99}) {
    const double exact = std::floor(static_cast<double>(n + 1) * 0.05) / static_cast<double>(n + 1);
    int flagged = 0;
    for (int trial = 0; trial < trials; ++trial) {
      const auto scores = normals(n + 1, "few", static_cast<std::uint64_t>(trial));
      flagged += Calibration(std::span(scores).first(n), 0.05).is_out(scores[n]);
    }
    EXPECT_NEAR(flagged / double{trials}, exact, 4 * std::sqrt(exact / trials)) << n;
  }
}

TEST(Calibration, SaysWhereTheRateOfItsThresholdLies) {
  constexpr int trials = 2000;
  for (const auto& [n, rate] : {std::pair<std::size_t, double>{199, 0.05}, {999, 0.01}, {999, 0.05}}) {
    const auto interval = Calibration(normals(n, "rates"), rate).rate_interval();
    EXPECT_DOUBLE_EQ(interval.value, rate) << "k/(n + 1)";
    int within = 0;
    double mean = 0;
    for (int trial = 0; trial < trials; ++trial) {
      const auto scores = normals(n, "rates", static_cast<std::uint64_t>(trial));
      const double actual = std::erfc(Calibration(scores, rate).threshold() / std::numbers::sqrt2) / 2;
      within += interval.low <= actual && actual <= interval.high;
      mean += actual / trials;
    }
    EXPECT_NEAR(mean, rate, 4 * std::sqrt(rate / (static_cast<double>(n) * trials))) << n << " " << rate;
    EXPECT_NEAR(within / double{trials}, 0.95, 0.015) << n << " " << rate;
  }
  const Calibration few(std::vector<double>{1, 2, 3}, 0.5);  // Beta(2, 2): P(≤ x) = 3x² − 2x³
  for (const auto& [x, share] :
       {std::pair{few.rate_interval().low, 0.025}, {few.rate_interval().high, 0.975}})
    EXPECT_NEAR(3 * x * x - 2 * x * x * x, share, 1e-9);
}

TEST(Calibration, PValuesAreUniform) {
  const Calibration calibration(normals(20'000, "held-out"), 0.05);
  const auto fresh = normals(20'000, "fresh");
  for (int percent = 1; percent < 100; ++percent) {
    const double a = percent / 100.0;
    double below = 0;
    for (const double score : fresh) below += calibration.p_value(score) <= a;
    EXPECT_NEAR(below / 20'000, a, 0.0192) << a;  // Kolmogorov-Smirnov, two samples, 0.1 %
  }
}

TEST(Calibration, VerdictsAndPValuesAgree) {
  for (const std::size_t n : {4, 19, 50, 99, 100}) {
    auto held_out = normals(n, "held-out");
    for (auto& score : held_out) score = std::round(2 * score);  // ties
    for (const double rate : {0.2, 0.29, 0.5, 0.9, 0.999999}) {
      const Calibration calibration(held_out, rate);
      for (double score = -8; score <= 8; score += 0.5)
        EXPECT_EQ(calibration.is_out(score), calibration.p_value(score) <= rate * (1 + 1e-12))
            << n << " " << rate;
    }
  }
}

TEST(Calibration, TiesFlagLessNeverMore) {
  const Calibration calibration(std::vector<double>(100, 7.0), 0.05);
  EXPECT_EQ(calibration.threshold(), 7);
  EXPECT_FALSE(calibration.is_out(7));
  EXPECT_EQ(calibration.p_value(7), 1);
  EXPECT_TRUE(calibration.is_out(7.1));
  EXPECT_EQ(calibration.p_value(7.1), 1.0 / 101);
}

TEST(Calibration, InfiniteScoresAreScores) {
  auto scores = normals(99, "held-out");
  scores[5] = infinity;
  const Calibration one(scores, 0.01), two(scores, 0.02);
  EXPECT_EQ(one.threshold(), infinity);
  EXPECT_FALSE(one.is_out(infinity));
  EXPECT_TRUE(two.is_out(infinity));
  EXPECT_EQ(two.p_value(infinity), 2.0 / 100);
}

TEST(Calibration, SaysWhatIsWrong) {
  const auto says = [](const std::vector<double>& scores, double rate, const std::string& part) {
    const auto text = message([&] { Calibration(scores, rate); });
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  says(normals(98, "x"), 0.01, "a false-positive rate of 0.01 needs at least 99 held-out images, got 98");
  EXPECT_EQ(Calibration(normals(99, "x"), 0.01).n(), 99);
  says(normals(18, "x"), 0.05, "at least 19 held-out images, got 18");
  EXPECT_EQ(Calibration(normals(19, "x"), 0.05).n(), 19);
  says({}, 0.5, "got 0");
  for (const double rate : {0.0, 1.0, -0.1, std::nan("")}) says({1, 2}, rate, "between 0 and 1");
  says({1, 2, std::nan("")}, 0.5, "held-out score 2 is NaN");
  const Calibration calibration(std::vector<double>{1, 2}, 0.5);
  expect_says([&] { calibration.is_out(std::nan("")); }, "expected a score, got NaN");
  expect_says([&] { calibration.p_value(std::nan("")); }, "expected a score, got NaN");
  expect_says([&] { calibration.realised_rate({}); }, "expected fresh scores, got none");
}

}  // namespace
}  // namespace pushforward::ood
