#include "pushforward/metrics/wasserstein.h"

#include "tests/metrics/features.h"
#include "tests/metrics/parallel_lines.h"
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "pushforward/metrics/summary.h"

namespace pushforward::metrics {
namespace {

TEST(Wasserstein1d, ByHand) {
  const auto a = at::tensor({3.0, 0.0, 1.0}), b = at::tensor({5.0, 6.0, 8.0});
  EXPECT_DOUBLE_EQ(wasserstein_1d(a, b, 1).value, 5) << "SciPy's example";
  EXPECT_DOUBLE_EQ(wasserstein_1d(a, b, 2).value, 5);
  EXPECT_DOUBLE_EQ(wasserstein_1d(at::tensor({0.0, 4.0}), at::tensor({1.0}), 1).value, 2);
  EXPECT_DOUBLE_EQ(wasserstein_1d(at::tensor({0.0, 4.0}), at::tensor({1.0}), 2).value, std::sqrt(5.0));
  EXPECT_DOUBLE_EQ(wasserstein_1d(at::tensor({2.0}), at::tensor({-1.5}), 2).value, 3.5);
}

TEST(Wasserstein1d, UnequalSizesAreThoseOfRepeatedSamples) {
  const std::vector<std::pair<std::int64_t, std::int64_t>> sizes{{6, 9}, {7, 5}, {1, 8}, {12, 3}};
  for (const auto& [n, m] : sizes) {
    const auto a = gaussian(n, 1, "a").view(-1), b = gaussian(m, 1, "b").view(-1) * 2;
    for (const int p : {1, 2}) {
      const auto value = wasserstein_1d(a, b, p).value;
      const auto long_a = a.repeat({m}), long_b = b.repeat({n});
      EXPECT_NEAR(wasserstein_1d(long_a, long_b, p).value, value, 1e-12) << n << ", " << m;
      EXPECT_NEAR(wasserstein(long_a.view({-1, 1}), long_b.view({-1, 1}), p).value, value, 1e-12);
      EXPECT_NEAR(wasserstein_1d(b, a, p).value, value, 1e-12);
    }
  }
}

TEST(Wasserstein1d, AShiftIsItsDistanceAndAScaleItsFactor) {
  const auto a = gaussian(501, 1, "a");
  for (const int p : {1, 2}) {
    EXPECT_NEAR(wasserstein_1d(a, a - 3, p).value, 3, 1e-12);
    EXPECT_EQ(wasserstein_1d(a, a, p).value, 0);
    EXPECT_EQ(wasserstein_1d(a, a, p).low, 0);
  }
  const auto b = gaussian(400, 1, "b") + 1;
  EXPECT_NEAR(wasserstein_1d(a * 7, b * 7, 2).value, 7 * wasserstein_1d(a, b, 2).value, 1e-12);
}

TEST(Wasserstein1d, TheIntervalOfAFarShiftIsThatOfMeans) {
  const auto a = gaussian(400, 1, "a"), b = 2 * gaussian(900, 1, "b") + 100;
  const double variance = (a.var() / 400 + b.var() / 900).item<double>();
  EXPECT_NEAR(wasserstein_1d(a, b, 1).half_width95(), z95 * std::sqrt(variance), 1e-9);
  // With as many on both sides the assignment's prices say the same.
  const auto c = b.narrow(0, 0, 400);
  EXPECT_NEAR(wasserstein(a, c, 1).half_width95(), wasserstein_1d(a, c, 1).half_width95(), 1e-9);
}

TEST(Wasserstein1d, TheIntervalIsTheSpreadOfRepetitions) {
  for (const int p : {1, 2}) {
    std::vector<double> values, halves;
    for (int r = 0; r < 200; ++r) {
      const auto interval = wasserstein_1d(gaussian(300, 1, fmt::format("a{}", r)),
                                           gaussian(500, 1, fmt::format("b{}", r)) * 1.5 + 1, p);
      values.push_back(interval.value);
      halves.push_back(interval.half_width95());
    }
    EXPECT_NEAR(mean_of(halves) / (z95 * sd_of(values)), 1, 0.15) << p;
  }
}

TEST(Wasserstein1d, GaussiansComeNearClosedForms) {
  // W_2² = (μ_a − μ_b)² + (σ_a − σ_b)².
  const auto a = gaussian(20'000, 1, "a"), b = 2 * gaussian(30'000, 1, "b") + 2;
  EXPECT_NEAR(wasserstein_1d(a, b, 2).value, std::sqrt(5.0), 0.03);
}

TEST(Wasserstein, OfParallelLinesIsTheirDistance) {
  const auto [left, right] = parallel_lines(60, 0.7);
  auto facing = left.clone();
  facing.select(1, 0).fill_(0.7);
  for (const int p : {1, 2}) {
    EXPECT_NEAR(wasserstein(left, facing, p).value, 0.7, 1e-12);
    EXPECT_NEAR(wasserstein(left, right, p).value, 0.7, 0.03);
  }
  const auto [near, farther] = parallel_lines(400, 0);
  EXPECT_LT(wasserstein(near, farther, 1).value, 0.05);
}

TEST(Wasserstein, MovesAsLittleAsGaussiansCan) {
  // The coupling of N(0, I) with its image under a shift and a symmetric positive map is that map (Brenier).
  const auto a = gaussian(300, 2, "a");
  const auto map = at::tensor({2.0, 0.5, 0.5, 1.0}).view({2, 2});
  const auto b = a.matmul(map) + at::tensor({1.0, -2.0});
  const double expected = (a - b).square().sum(1).mean().sqrt().item<double>();
  EXPECT_NEAR(wasserstein(a, b.flip(0), 2).value, expected, 1e-10);
}

TEST(SlicedWasserstein, OfAShiftIsItsShareOfEachDirection) {
  const auto a = gaussian(50, 5, "a");
  const auto shift = at::tensor({3.0, 0.0, 0.0, 4.0, 0.0});
  const auto two = sliced_wasserstein(a, a + shift, {.p = 2, .projections = 4000});
  EXPECT_LE(two.low, 5 / std::sqrt(5.0));
  EXPECT_GE(two.high, 5 / std::sqrt(5.0));
  EXPECT_NEAR(two.value, 5 / std::sqrt(5.0), 0.1);
  const auto plane = gaussian(40, 2, "plane");
  const auto one = sliced_wasserstein(plane, plane + at::tensor({0.0, 2.0}), {.p = 1, .projections = 4000});
  EXPECT_NEAR(one.value, 4 / std::numbers::pi, 0.04) << "E|cos| = 2/π";
}

TEST(SlicedWasserstein, IsExactOnALineAndASeedsOwn) {
  const auto a = gaussian(70, 1, "a"), b = gaussian(90, 1, "b") * 2;
  const auto line = sliced_wasserstein(a, b, {.p = 1});
  EXPECT_EQ(line.value, wasserstein_1d(a, b, 1).value);
  EXPECT_EQ(line.half_width95(), 0);
  const auto x = gaussian(70, 3, "x"), y = gaussian(90, 3, "y") + 1;
  EXPECT_EQ(sliced_wasserstein(x, y).value, sliced_wasserstein(x, y).value);
  EXPECT_NE(sliced_wasserstein(x, y).value, sliced_wasserstein(x, y, {.seed = 1}).value);
  EXPECT_LT(sliced_wasserstein(x.narrow(0, 0, 70), y.narrow(0, 0, 70)).value,
            wasserstein(x.narrow(0, 0, 70), y.narrow(0, 0, 70), 2).value);
}

TEST(Wasserstein, RefusesWhatItCannotMove) {
  const auto x = gaussian(5, 2, "x");
  EXPECT_NE(message([&] { wasserstein_1d(x, x); }).find("one number a sample, got 2"), std::string::npos);
  EXPECT_NE(message([&] {
              wasserstein(x, gaussian(6, 2, "y"));
            }).find("as many samples on both sides, got 5 and 6"),
            std::string::npos);
  EXPECT_NE(message([&] { wasserstein(x, x, 3); }).find("p of 1 or 2, got 3"), std::string::npos);
  EXPECT_NE(message([&] { sliced_wasserstein(x, x, {.projections = 1}); }).find("got 1"), std::string::npos);
  EXPECT_NE(message([&] { sliced_wasserstein(x, gaussian(6, 3, "y")); }).find("got 2 and 3"),
            std::string::npos);
}

}  // namespace
}  // namespace pushforward::metrics
