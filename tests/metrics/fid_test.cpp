#include "pushforward/metrics/fid.h"

#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pushforward/metrics/fid_infinity.h"
#include "pushforward/metrics/frechet_influence.h"
#include "pushforward/metrics/summary.h"

namespace pushforward::metrics {
namespace {

/// Skewed, and correlated with the norm of the other dimensions.
at::Tensor skewed(std::int64_t n, std::int64_t dims, const std::string& purpose, double scale = 1) {
  return scale * gaussian(n, dims, purpose).clamp_min(0) * gaussian(n, 1, purpose + " norm").mul(0.5).exp();
}

TEST(Fid, IsTheDistanceOfTheStatistics) {
  for (const std::int64_t n : {5, 90}) {  // fewer samples than dimensions, and more
    const auto real = gaussian(n, 12, "real"), fake = gaussian(40, 12, "fake") + 0.3;
    const auto a = GaussianStatistics::of(real), b = GaussianStatistics::of(fake);
    const double distance = frechet_distance(a, b), rounding = 1e-7 * distance;  // √ of eigenvalues of 1e-16
    EXPECT_NEAR(fid(real, fake).value, distance, rounding);
    EXPECT_NEAR(fid(a, fake).value, distance, rounding);
    EXPECT_NEAR(fid(fake, real).half_width95(), fid(real, fake).half_width95(), 1e-5);
  }
}

TEST(Fid, IntervalIsThatOfABootstrap) {
  const std::int64_t n = 400, m = 300;
  const auto real = skewed(n, 5, "real"), fake = skewed(m, 5, "fake", 1.3);
  auto engine = stream(4, "bootstrap");
  const auto resampled = [&](const at::Tensor& x) {
    auto rows = at::empty({x.size(0)}, at::kLong);
    for (std::int64_t i = 0; i < x.size(0); ++i)
      rows.data_ptr<std::int64_t>()[i] =
          static_cast<std::int64_t>(uniform_below(engine, static_cast<std::uint64_t>(x.size(0))));
    return x.index_select(0, rows);
  };
  const auto a = GaussianStatistics::of(real);
  std::vector<double> both, fakes;
  for (int i = 0; i < 500; ++i) {
    const auto again = GaussianStatistics::of(resampled(fake));
    both.push_back(frechet_distance(GaussianStatistics::of(resampled(real)), again));
    fakes.push_back(frechet_distance(a, again));
  }
  EXPECT_NEAR(fid(real, fake).half_width95() / (z95 * sd_of(both)), 1, 0.15);
  EXPECT_NEAR(fid(a, fake).half_width95() / (z95 * sd_of(fakes)), 1, 0.15);
}

TEST(Fid, IntervalIsThatOfFreshSamples) {
  struct Case {
    std::int64_t n, m, dims;
  };
  for (const auto [n, m, dims] : {Case{300, 300, 8}, Case{40, 40, 60}, Case{40, 300, 60}}) {
    std::vector<double> values, halves;
    for (int i = 0; i < 60; ++i) {
      const auto found = fid(skewed(n, dims, "fresh real" + std::to_string(i)),
                             skewed(m, dims, "fresh fake" + std::to_string(i), 1.4));
      values.push_back(found.value);
      halves.push_back(found.half_width95());
    }
    EXPECT_NEAR(mean_of(halves) / (z95 * sd_of(values)), 1, 0.4) << n << ", " << m << ", " << dims;
  }
}

TEST(Fid, InfluencesAverageToNothingAndNameTheOutlier) {
  auto real = gaussian(100, 4, "real");
  const auto fake = gaussian(100, 4, "fake");
  real[17].fill_(9);
  const FrechetInfluence influence(GaussianStatistics::of(real), GaussianStatistics::of(fake));
  EXPECT_NEAR(influence.of_a(real).sum().item<double>(), 0, 1e-9);
  EXPECT_EQ(influence.of_a(real).argmax().item<std::int64_t>(), 17);
  EXPECT_NE(message([&] { influence.of_b(gaussian(3, 5, "x")); }).find("[N, 4]"), std::string::npos);
}

TEST(Fid, MeasuresACollapsedGenerator) {
  const auto real = gaussian(200, 6, "real");
  const auto found = fid(real, at::ones({50, 6}, at::kDouble));
  const auto statistics = GaussianStatistics::of(real);
  EXPECT_NEAR(found.value,
              ((statistics.mean() - 1).square().sum() + statistics.covariance().trace()).item<double>(),
              1e-9);
  EXPECT_GT(found.half_width95(), 0);
  EXPECT_EQ(fid(real, real).value, 0);
}

TEST(Fid, RefusesWhatCannotBeMeasured) {
  const auto real = gaussian(20, 4, "real");
  const auto says = [&](const at::Tensor& a, const at::Tensor& b, const std::string& part) {
    const auto text = message([&] { fid(a, b); });
    EXPECT_NE(text.find(part), std::string::npos) << text;
    EXPECT_NE(text.find("[fid]"), std::string::npos) << text;
  };
  says(real, real.narrow(0, 0, 1), "at least 2 fake samples, got 1");
  says(real.narrow(0, 0, 0), real, "at least 2 real samples, got 0");
  says(real, gaussian(20, 5, "x"), "4 real and 5 fake");
  says(real[0], real, "real features [N, D]");
  says(real, real.to(at::kLong), "floating-point fake features");
  says(at::ones({9, 4}), at::zeros({8, 4}),
       "9 real samples all have the same features, and so have the 8 fake");
  auto broken = real.clone();
  broken[11][2] = std::nan("");
  says(real, broken, "row 11 of 20 of the fake features");
  expect_says([&] { fid(GaussianStatistics::of(real), gaussian(9, 3, "x")); }, "got 4 and 3");
}

TEST(FidInfinity, IsTheInterceptOfALineThroughItsPoints) {
  const auto real = gaussian(500, 6, "real"), fake = gaussian(700, 6, "fake") * 1.2;
  const auto found = fid_infinity(real, fake, {.points = 6, .smallest = 0.2});
  ASSERT_EQ(found.points.size(), 6u);
  EXPECT_EQ(found.points.front().samples, 100);
  EXPECT_EQ(found.points.back().samples, 500);
  // Residuals are orthogonal to 1 and to 1 / N.
  double sum = 0, moment = 0;
  for (const auto& point : found.points) {
    const double t = 1 / static_cast<double>(point.samples);
    const double residual = point.fid - found.value.value - found.slope * t;
    sum += residual;
    moment += residual * t;
  }
  EXPECT_NEAR(sum, 0, 1e-12);
  EXPECT_NEAR(moment, 0, 1e-14);
  EXPECT_EQ(fid_infinity(real, fake, {.points = 6, .smallest = 0.2}).value.value, found.value.value);
  EXPECT_NE(fid_infinity(real, fake, {.points = 6, .smallest = 0.2, .seed = 1}).value.value,
            found.value.value);
}

TEST(FidInfinity, HasLostTheBiasAndKnowsItsNoise) {
  const std::int64_t dims = 20;
  const double truth = dims * 0.1 * 0.1;  // N(0, I) against N(0.1, I)
  std::vector<double> values, halves, plain;
  for (int i = 0; i < 80; ++i) {
    const auto real = gaussian(600, dims, "infinity real" + std::to_string(i)),
               fake = gaussian(600, dims, "infinity fake" + std::to_string(i)) + 0.1;
    const auto found = fid_infinity(real, fake);
    values.push_back(found.value.value);
    halves.push_back(found.value.half_width95());
    plain.push_back(found.points.back().fid);
  }
  const double sd = sd_of(values);
  EXPECT_GT(mean_of(plain), 2 * truth);
  EXPECT_NEAR(mean_of(values), truth, 0.2 * truth);
  EXPECT_NEAR(mean_of(halves) / (z95 * sd), 1, 0.35);
}

TEST(FidInfinity, OfSavedStatisticsExtrapolatesTheFakes) {
  const auto real = gaussian(5000, 10, "real"), fake = gaussian(400, 10, "fake");
  const auto found = fid_infinity(GaussianStatistics::of(real), fake);
  EXPECT_GT(found.points.front().fid, found.points.back().fid);
  EXPECT_NEAR(found.points.back().fid, fid(real, fake).value, 1e-12);
  EXPECT_LT(std::abs(found.value.value), found.points.back().fid / 2);
}

TEST(FidInfinity, RefusesTooFewSamples) {
  const auto x = gaussian(20, 3, "x");
  EXPECT_NE(message([&] { fid_infinity(x, x + 1); }).find("enough samples for 15"), std::string::npos);
  EXPECT_NE(message([&] { fid_infinity(x, x + 1, {.points = 2}); }).find("got 2"), std::string::npos);
  EXPECT_NE(message([&] { fid_infinity(x, x, {.smallest = 1}); }).find("between 0 and 1"), std::string::npos);
  EXPECT_NE(message([&] { fid_infinity(x, gaussian(30, 4, "y")); }).find("3 real and 4"), std::string::npos);
}

TEST(FidCurve, FallsWithTheNumberOfSamples) {
  const auto real = gaussian(1000, 32, "real"), fake = gaussian(1000, 32, "fake");
  const auto sizes = curve_sizes(1000);
  EXPECT_EQ(sizes, (std::vector<std::int64_t>{16, 32, 64, 128, 256, 512, 1000}));
  const auto curve = fid_curve(real, fake, sizes);
  ASSERT_EQ(curve.size(), sizes.size());
  for (std::size_t i = 1; i < curve.size(); ++i) EXPECT_LT(curve[i].fid, curve[i - 1].fid);
  EXPECT_NEAR(curve.back().fid, fid(real, fake).value, 1e-9);
  const std::vector<std::int64_t> large{1001};
  EXPECT_NE(message([&] { fid_curve(real, fake, large); }).find("from 2 to 1000, got 1001"),
            std::string::npos);
}

}  // namespace
}  // namespace pushforward::metrics
