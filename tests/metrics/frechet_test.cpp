#include "pushforward/metrics/frechet.h"

#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "pushforward/metrics/pixel_statistics.h"

namespace pushforward::metrics {
namespace {

double largest(const at::Tensor& x) {
  return x.abs().max().item<double>();
}

at::Tensor direct_covariance(const at::Tensor& x) {
  const auto centred = x - x.mean(0);
  return centred.t().matmul(centred) / static_cast<double>(x.size(0) - 1);
}

/// tr (Σ_a Σ_b)^½ by Denman and Beavers' iteration: a matrix square root without eigenvalues.
double direct_trace_of_root(const at::Tensor& a, const at::Tensor& b) {
  auto y = a.matmul(b), z = at::eye(a.size(0), at::kDouble);
  for (int i = 0; i < 60; ++i) {
    const auto next = 0.5 * (y + at::linalg_inv(z));
    z = 0.5 * (z + at::linalg_inv(y));
    y = next;
  }
  return y.trace().item<double>();
}

at::Tensor random_covariance(std::int64_t dims, std::string_view purpose) {
  return direct_covariance(gaussian(3 * dims, dims, purpose)) + 0.1 * at::eye(dims, at::kDouble);
}

TEST(GaussianStatistics, AreMeanAndCovarianceOfTheWhole) {
  const auto x = gaussian(300, 7, "whole") * 3 + 100;
  GaussianStatistics streamed(7);
  for (const auto& part :
       {x.narrow(0, 0, 1), x.narrow(0, 1, 4), x.narrow(0, 5, 0), x.narrow(0, 5, 255), x.narrow(0, 260, 40)})
    streamed.add(part);
  EXPECT_EQ(streamed.count(), 300);
  EXPECT_LT(largest(streamed.mean() - x.mean(0)), 1e-12);
  EXPECT_LT(largest(streamed.covariance() - direct_covariance(x)), 1e-11);
  EXPECT_LT(largest(GaussianStatistics::of(x).covariance() - direct_covariance(x)), 1e-11);
}

TEST(GaussianStatistics, MergedPartsAreTheWholeInAnyOrder) {
  const auto x = gaussian(60, 20, "merge") + 5;
  for (const std::int64_t cut : {0, 1, 10, 20, 21, 45, 60}) {  // either part and the whole above and below D
    auto first = GaussianStatistics(20), second = GaussianStatistics(20);
    first.add(x.narrow(0, 0, cut));
    second.add(x.narrow(0, cut, 60 - cut));
    auto backwards = second;
    first.merge(second);
    EXPECT_EQ(first.count(), 60);
    EXPECT_LT(largest(first.mean() - x.mean(0)), 1e-13) << cut;
    EXPECT_LT(largest(first.covariance() - direct_covariance(x)), 1e-12) << cut;
    GaussianStatistics again(20);
    again.add(x.narrow(0, 0, cut));
    backwards.merge(again);
    EXPECT_LT(largest(backwards.covariance() - first.covariance()), 1e-12) << cut;
  }
}

TEST(GaussianStatistics, SurviveALargeOffset) {
  const auto x = gaussian(500, 3, "offset");
  auto shifted = GaussianStatistics(3);
  for (int i = 0; i < 50; ++i) shifted.add(x.narrow(0, 10 * i, 10) + 1e7);
  EXPECT_LT(largest(shifted.covariance() - direct_covariance(x)), 1e-6);
}

TEST(GaussianStatistics, TheRootMakesTheCovariance) {
  for (const std::int64_t n : {2, 5, 9, 10, 11, 40}) {
    const auto statistics = GaussianStatistics::of(gaussian(n, 10, "root"));
    EXPECT_EQ(statistics.low_rank(), n <= 10);
    EXPECT_EQ(statistics.root().size(0), n <= 10 ? n : 10);
    EXPECT_LT(largest(statistics.root().t().matmul(statistics.root()) - statistics.covariance()), 1e-13) << n;
  }
}

TEST(GaussianStatistics, CanBeSavedAndGoOn) {
  const auto x = gaussian(50, 4, "saved");
  const auto before = GaussianStatistics::of(x.narrow(0, 0, 30));
  auto restored = GaussianStatistics::from(30, before.mean(), before.covariance());
  restored.add(x.narrow(0, 30, 20).to(at::kFloat));
  EXPECT_LT(largest(restored.covariance() - direct_covariance(x)), 1e-6);
}

TEST(GaussianStatistics, KeepNothingOfTheCallersTensor) {
  const auto x = gaussian(3, 8, "alias");
  const auto copy = x.clone();
  const auto statistics = GaussianStatistics::of(x);
  x.zero_();
  EXPECT_LT(largest(statistics.mean() - copy.mean(0)), 1e-15);
}

TEST(GaussianStatistics, RefuseWhatHasNone) {
  EXPECT_NE(message([] { GaussianStatistics(0); }).find("at least 1 dimension"), std::string::npos);
  EXPECT_NE(message([] { GaussianStatistics(2).mean(); }).find("at least 1 sample"), std::string::npos);
  EXPECT_NE(message([] {
              GaussianStatistics::of(at::zeros({1, 2})).covariance();
            }).find("got 1"),
            std::string::npos);
  EXPECT_NE(message([] { GaussianStatistics(2).add(at::zeros({4, 3})); }).find("[4, 3]"), std::string::npos);
  EXPECT_NE(message([] {
              GaussianStatistics(2).add(at::zeros({4, 2}, at::kLong));
            }).find("floating-point"),
            std::string::npos);
  for (const double broken : {std::nan(""), HUGE_VAL}) {
    auto x = gaussian(5, 2, "nan");
    x[3][1] = broken;
    GaussianStatistics statistics(2);
    EXPECT_NE(message([&] { statistics.add(x); }).find("feature row 3 of 5"), std::string::npos);
    EXPECT_EQ(statistics.count(), 0);
  }
  GaussianStatistics two(2);
  EXPECT_NE(message([&] { two.merge(GaussianStatistics(3)); }).find("2 dimensions, got 3"),
            std::string::npos);
  const auto skew = at::tensor({1.0, 0.5, 0.0, 1.0}).reshape({2, 2});
  EXPECT_NE(message([&] { GaussianStatistics::from(9, at::zeros({2}), -at::eye(2)); }).find("below 0"),
            std::string::npos);
  GaussianStatistics::from(9, at::zeros({2}), at::diag(at::tensor({1.0, -1e-7})));  // rounding
  EXPECT_NE(message([&] { GaussianStatistics::from(9, at::zeros({2}), skew); }).find("symmetric"),
            std::string::npos);
  expect_says([&] { GaussianStatistics::from(1, at::zeros({2}), at::eye(2)); }, "at least 2 samples, got 1");
  expect_says([&] { GaussianStatistics::from(9, at::zeros({3}), at::eye(2)); },
              "a mean [D] and a covariance [D, D], got [3] and [2, 2]");
}

TEST(FrechetDistance, FollowsClosedForms) {
  const auto identity = at::eye(5, at::kDouble);
  const auto mean = at::arange(5).to(at::kDouble);
  const auto standard = GaussianStatistics::from(10, at::zeros({5}, at::kDouble), identity);
  // Shifted: ‖μ‖². Scaled by c²: D (1 − c)².
  EXPECT_NEAR(frechet_distance(standard, GaussianStatistics::from(10, mean, identity)), 30, 1e-12);
  EXPECT_NEAR(frechet_distance(standard, GaussianStatistics::from(10, mean * 0, identity * 9)), 20, 1e-12);
  EXPECT_NEAR(frechet_distance(standard, GaussianStatistics::from(10, mean * 0, identity * 0)), 5, 1e-12);
  // Commuting: Σ (√a − √b)².
  const auto a = at::tensor({1.0, 4.0, 9.0, 0.25, 0.0}), b = at::tensor({4.0, 1.0, 0.0, 1.0, 16.0});
  const auto turn = std::get<0>(at::linalg_qr(gaussian(5, 5, "turn")));
  const auto rotated = [&](const at::Tensor& d) {
    const auto m = turn.matmul(at::diag(d)).matmul(turn.t());
    return GaussianStatistics::from(10, mean, (m + m.t()) / 2);
  };
  EXPECT_NEAR(frechet_distance(rotated(a), rotated(b)), 1 + 1 + 9 + 0.25 + 16, 1e-6);
}

TEST(FrechetDistance, IsThatOfAMatrixSquareRoot) {
  for (const std::int64_t dims : {1, 2, 10, 40}) {
    const auto a = random_covariance(dims, "a"), b = random_covariance(dims, "b") * 2;
    const auto mean = gaussian(2, dims, "means");
    const double expected = ((mean[0] - mean[1]).square().sum() + a.trace() + b.trace()).item<double>() -
                            2 * direct_trace_of_root(a, b);
    const auto first = GaussianStatistics::from(100, mean[0], a),
               second = GaussianStatistics::from(100, mean[1], b);
    EXPECT_NEAR(frechet_distance(first, second), expected, 1e-9 * expected) << dims;
    EXPECT_NEAR(frechet_distance(second, first), expected, 1e-9 * expected) << dims;
  }
}

TEST(FrechetDistance, TheLowRankRouteIsTheFullOne) {
  const std::int64_t dims = 30;
  const auto full = [](const GaussianStatistics& s) {
    return GaussianStatistics::from(s.count(), s.mean(), s.covariance());
  };
  for (const std::int64_t n : {2, 12, 30})
    for (const std::int64_t m : {3, 29, 200}) {
      const auto a = GaussianStatistics::of(gaussian(n, dims, "low a"));
      const auto b = GaussianStatistics::of(gaussian(m, dims, "low b") * 1.5 + 0.1);
      const double expected = frechet_distance(full(a), full(b));
      EXPECT_NEAR(frechet_distance(a, b), expected, 3e-6 * expected) << n << ", " << m;
      EXPECT_NEAR(frechet_distance(b, a), expected, 3e-6 * expected) << n << ", " << m;
    }
}

TEST(FrechetDistance, OfTwoPairsOfPointsByHand) {
  // Covariances vvᵀ/2 and wwᵀ/2 of rank one: tr (Σ_a Σ_b)^½ = |v·w|/2.
  const auto a = GaussianStatistics::of(at::tensor({0.0, 0.0, 0.0, 2.0, 0.0, 0.0}).reshape({2, 3}));
  const auto b = GaussianStatistics::of(at::tensor({0.0, 0.0, 0.0, 1.0, 3.0, 0.0}).reshape({2, 3}));
  EXPECT_NEAR(frechet_distance(a, b), (0.25 + 2.25) + (2 + 5) - 2 * 1, 1e-12);
}

TEST(FrechetDistance, IsExactlyZeroForEqualStatistics) {
  for (const std::int64_t n : {3, 200}) {
    const auto x = gaussian(n, 20, "equal");
    EXPECT_EQ(frechet_distance(GaussianStatistics::of(x), GaussianStatistics::of(x.clone())), 0);
    const double near = frechet_distance(GaussianStatistics::of(x), GaussianStatistics::of(x.flip(0)));
    EXPECT_GE(near, 0);
    EXPECT_LT(near, 1e-12);
  }
}

TEST(FrechetDistance, SurvivesSingularAndConstantFeatures) {
  auto x = gaussian(500, 16, "singular"), y = gaussian(400, 16, "other");
  x.narrow(1, 0, 8).zero_();             // constant
  y.narrow(1, 0, 8).fill_(2);            // constant, elsewhere
  x.select(1, 9).copy_(x.select(1, 8));  // linearly dependent
  const double distance = frechet_distance(GaussianStatistics::of(x), GaussianStatistics::of(y));
  EXPECT_TRUE(std::isfinite(distance));
  EXPECT_GT(distance, 8 * 4);
  const auto constant = GaussianStatistics::of(at::ones({50, 16}, at::kDouble));
  EXPECT_EQ(frechet_distance(constant, GaussianStatistics::of(at::ones({60, 16}, at::kDouble))), 0);
  EXPECT_NEAR(frechet_distance(constant, GaussianStatistics::of(at::zeros({60, 16}, at::kDouble))), 16, 1e-9);
}

TEST(FrechetDistance, NeedsTwoOfADimension) {
  const auto one = GaussianStatistics::of(at::zeros({1, 4})),
             some = GaussianStatistics::of(gaussian(9, 4, "n"));
  EXPECT_NE(message([&] { frechet_distance(one, some); }).find("at least 2 samples"), std::string::npos);
  EXPECT_NE(message([&] { frechet_distance(some, one); }).find("at least 2 samples"), std::string::npos);
  expect_says([&] { frechet_distance(GaussianStatistics(4), some); },
              "at least 1 sample for a mean, got none");
  EXPECT_NE(message([&] { frechet_distance(GaussianStatistics(3), some); }).find("got 3 and 4"),
            std::string::npos);
}

TEST(Thumbnails, AverageThePiecesOfEveryChannel) {
  const auto images = at::arange(2 * 3 * 4 * 4).to(at::kFloat).reshape({2, 3, 4, 4});
  const auto small = thumbnails(images, 2);
  EXPECT_EQ(small.scalar_type(), at::kDouble);
  EXPECT_EQ(small.sizes(), (std::vector<std::int64_t>{2, 12}));
  EXPECT_DOUBLE_EQ(small[0][0].item<double>(), (0 + 1 + 4 + 5) / 4.0);
  EXPECT_DOUBLE_EQ(small[1][11].item<double>(), (90 + 91 + 94 + 95) / 4.0);
  EXPECT_TRUE(at::equal(thumbnails(images.contiguous(at::MemoryFormat::ChannelsLast), 2), small));
  EXPECT_TRUE(at::equal(thumbnails(images, 4), images.flatten(1).to(at::kDouble)));
  EXPECT_EQ(thumbnails(at::full({1, 1, 28, 28}, 255, at::kByte))[0][63].item<double>(), 1);
}

TEST(Thumbnails, OfManyImagesAreThoseOfEach) {
  const auto images = at::arange(1100 * 81).fmod(251).to(at::kByte).reshape({1100, 1, 9, 9});
  const auto all = thumbnails(images);
  for (const std::int64_t i : {0, 511, 512, 1099})
    EXPECT_TRUE(at::equal(all.narrow(0, i, 1), thumbnails(images.narrow(0, i, 1)))) << i;
  EXPECT_EQ(thumbnails(images.narrow(0, 0, 0)).sizes(), (std::vector<std::int64_t>{0, 64}));
}

TEST(Thumbnails, RefuseWhatIsNoImage) {
  EXPECT_NE(message([] { thumbnails(at::zeros({2, 1, 7, 9})); }).find("at least 8×8"), std::string::npos);
  EXPECT_NE(message([] { thumbnails(at::zeros({2, 784})); }).find("[N, C, H, W]"), std::string::npos);
  expect_says([] { thumbnails(at::zeros({1, 1, 9, 9}, at::kLong)); }, "uint8 or floating images");
  expect_says([] { thumbnails(at::zeros({1, 1, 9, 9}), 0); }, "a grid of at least 1, got 9×9");
}

TEST(PixelStatistics, TellShiftsContrastAndCollapse) {
  const auto real = gaussian(400, 3 * 16 * 16, "pixels").sigmoid().reshape({400, 3, 16, 16});
  const auto half = [&](std::int64_t from) { return pixel_statistics(real.narrow(0, from, 200)); };
  const double same = frechet_distance(half(0), half(200));
  EXPECT_NEAR(frechet_distance(pixel_statistics(real), pixel_statistics(real + 0.5)), 192 * 0.25, 1e-6);
  EXPECT_GT(frechet_distance(half(0), pixel_statistics(real.narrow(0, 0, 1).expand({200, 3, 16, 16}))),
            2 * same);
  EXPECT_NEAR(frechet_distance(pixel_statistics(2 * real - 1), pixel_statistics(2 * real.pow(2) - 1)),
              4 * frechet_distance(pixel_statistics(real), pixel_statistics(real.pow(2))), 1e-6);
  auto broken = real.clone();
  broken[7][0][0][0] = std::nan("");
  EXPECT_NE(message([&] { pixel_statistics(broken); }).find("row 7"), std::string::npos);
}

}  // namespace
}  // namespace pushforward::metrics
