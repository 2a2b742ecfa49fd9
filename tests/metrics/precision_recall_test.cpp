#include "pushforward/metrics/precision_recall.h"

#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "pushforward/metrics/nearest_neighbours.h"
#include "pushforward/metrics/summary.h"

namespace pushforward::metrics {
namespace {

TEST(Prdc, ByHandOnALine) {
  // k = 1. Real balls: [−1, 1], [0, 2], [1, 3], [4, 16] (its neighbour is 4 away: 10 ± 8 → [2, 18]).
  const auto real = at::tensor({0.0, 1.0, 2.0, 10.0}).reshape({4, 1});
  const auto fake = at::tensor({0.5, 18.0, 19.0}).reshape({3, 1});
  // Fake balls: 0.5 ± 17.5, 18 ± 1, 19 ± 1.
  const auto found = prdc(real, fake, 1);
  EXPECT_DOUBLE_EQ(found.precision.value, 2.0 / 3);  // 0.5 in two, 18 on the surface of one
  EXPECT_DOUBLE_EQ(found.density.value, 3.0 / 3);
  EXPECT_DOUBLE_EQ(found.coverage.value, 3.0 / 4);
  EXPECT_DOUBLE_EQ(found.recall.value, 1);
}

TEST(Prdc, OfASetAgainstItselfIsWhole) {
  const auto x = gaussian(300, 20, "x");
  const auto found = prdc(x, x.clone());
  EXPECT_EQ(found.precision.value, 1);
  EXPECT_EQ(found.recall.value, 1);
  EXPECT_EQ(found.coverage.value, 1);
  EXPECT_NEAR(found.density.value, 6.0 / 5, 1e-12);  // itself and five more on average
  EXPECT_LT(found.precision.low, 1);
  EXPECT_EQ(found.precision.high, 1);
}

TEST(Prdc, TellsLostModesFromBadSamples) {
  const auto modes = [](std::int64_t count, const std::string& purpose) {
    auto x = gaussian(300, 8, purpose) * 0.1;
    for (std::int64_t i = 0; i < 300; ++i) x[i][0] += 5.0 * static_cast<double>(i % count);
    return x;
  };
  const auto real = modes(4, "real");
  const auto lost = prdc(real, modes(1, "lost"));
  EXPECT_GT(lost.precision.low, 0.6);
  EXPECT_NEAR(lost.recall.value, 0.25, 0.05);
  EXPECT_NEAR(lost.coverage.value, 0.25, 0.05);
  const auto blurred = prdc(real, modes(4, "blurred") * 30);
  EXPECT_LT(blurred.precision.high, 0.1);
  EXPECT_GT(blurred.recall.low, 0.9);
}

TEST(Prdc, DoesNotDependOnUnitsOrOrigin) {
  const auto real = gaussian(200, 10, "real"), fake = gaussian(180, 10, "fake") * 0.9 + 0.2;
  const auto found = prdc(real, fake);
  for (const double scale : {1e-25, 1.0, 1e25}) {
    const auto moved = prdc(real * scale + 1000 * scale, fake * scale + 1000 * scale);
    EXPECT_EQ(moved.precision.value, found.precision.value) << scale;
    EXPECT_EQ(moved.recall.value, found.recall.value) << scale;
    EXPECT_EQ(moved.density.value, found.density.value) << scale;
    EXPECT_EQ(moved.coverage.value, found.coverage.value) << scale;
  }
}

TEST(Prdc, CountsACollapsedGeneratorAsOnePoint) {
  const auto real = gaussian(200, 10, "real");
  const auto found = prdc(real, real.narrow(0, 3, 1).expand({50, 10}));
  EXPECT_EQ(found.precision.value, 1);
  EXPECT_EQ(found.recall.value, 1.0 / 200);
  EXPECT_LT(found.coverage.value, 0.2);
}

TEST(Prdc, IntervalsAreThoseOfFreshSamples) {
  std::vector<Prdc> all;
  for (int i = 0; i < 60; ++i)
    all.push_back(prdc(gaussian(200, 32, "fresh real" + std::to_string(i)),
                       gaussian(200, 32, "fresh fake" + std::to_string(i)) + 0.1));
  for (const auto metric : {&Prdc::precision, &Prdc::recall, &Prdc::density, &Prdc::coverage}) {
    std::vector<double> values, halves;
    for (const auto& one : all) {
      values.push_back((one.*metric).value);
      halves.push_back((one.*metric).half_width95());
    }
    const double ratio = mean_of(halves) / (z95 * sd_of(values));
    EXPECT_GT(ratio, 0.8) << mean_of(values);
    EXPECT_LT(ratio, 2.5) << mean_of(values);
  }
}

TEST(Prdc, RefusesWhatCannotBeMeasured) {
  const auto x = gaussian(9, 4, "x");
  EXPECT_NE(message([&] { prdc(x, x.narrow(0, 0, 5)); }).find("at least 6 fake samples, got 5"),
            std::string::npos);
  EXPECT_NE(message([&] { prdc(x, x, 0); }).find("k of at least 1"), std::string::npos);
  EXPECT_NE(message([&] { prdc(x, gaussian(9, 3, "y")); }).find("4 real and 3 fake"), std::string::npos);
  auto broken = x.clone();
  broken[2][3] = std::nan("");
  EXPECT_NE(message([&] { prdc(x, broken); }).find("row 2 of 9 of the fake"), std::string::npos);
  EXPECT_NE(message([&] {
              prdc(at::ones({9, 4}), at::zeros({7, 4}));
            }).find("[prdc] the 9 real"),
            std::string::npos);
}

TEST(Neighbours, AreExactWhereFloatsAreNot) {
  // Two clumps far apart: their products' rounding is above the distances within a clump.
  auto x = gaussian(120, 30, "clumps") * 1e-5;
  x.narrow(0, 60, 60).add_(1);
  x[7].copy_(x[8]);
  const auto pair = clouds(x, x);
  const auto& cloud = pair.first;
  for (const std::int64_t k : {1, 4, 119}) {
    const auto found = neighbour_squares(cloud, k);
    for (std::int64_t i = 0; i < cloud.size(); ++i) {
      std::vector<double> squares;
      for (std::int64_t j = 0; j < cloud.size(); ++j)
        if (j != i) squares.push_back((cloud.exact[i] - cloud.exact[j]).square().sum().item<double>());
      std::sort(squares.begin(), squares.end());
      EXPECT_NEAR(found[static_cast<std::size_t>(i)], squares[static_cast<std::size_t>(k - 1)],
                  1e-14 * squares[static_cast<std::size_t>(k - 1)])
          << i << ", " << k;
    }
  }
}

TEST(Neighbours, ErrorsHoldTheRounding) {
  const auto pair = clouds(gaussian(64, 500, "a") + 3, gaussian(80, 500, "b") - 3);
  const auto& [a, b] = pair;
  std::vector<double> worst(64);
  for_each_point(a, b, [&, &a = a, &b = b](std::int64_t i, const DistanceRow& row) {
    for (std::int64_t j = 0; j < 80; ++j)
      worst[static_cast<std::size_t>(i)] =
          std::max(worst[static_cast<std::size_t>(i)],
                   std::abs(row.square(j) - square_distance(a, i, b, j)) / row.error(j));
  });
  EXPECT_LT(*std::max_element(worst.begin(), worst.end()), 1);
}

}  // namespace
}  // namespace pushforward::metrics
