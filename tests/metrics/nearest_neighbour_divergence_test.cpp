#include "pushforward/metrics/nearest_neighbour_divergence.h"

#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <cmath>

#include "pushforward/metrics/gaussian_divergence.h"
#include "pushforward/metrics/summary.h"

namespace pushforward::metrics {
namespace {

GaussianStatistics diagonal(const std::vector<double>& mean, const std::vector<double>& sd) {
  return GaussianStatistics::from(9, at::tensor(mean), at::diag(at::tensor(sd).square()));
}

TEST(NeighbourDivergence, IsItsFormula) {
  // ρ_1 = 1, 1, 2 and ν_1 = 3, 2, 1: D = 1, N = 3, M = 2.
  const auto a = at::tensor({0.0, 1.0, 3.0}), b = at::tensor({-3.0, 4.0});
  const double expected = (std::log(3.0 / 1) + std::log(3.0 / 1) + std::log(1.0 / 2)) / 3 + std::log(2.0 / 2);
  EXPECT_NEAR(kl_divergence_by_neighbours(a, b, 1).value, expected, 1e-14);
}

TEST(NeighbourDivergence, GaussiansComeNearClosedForms) {
  // Four standard errors: of the mean log ratio, of B's density and of the neighbours' distances.
  const auto a = gaussian(4000, 1, "a"), b = 2 * gaussian(4000, 1, "b") + 1;
  EXPECT_NEAR(kl_divergence_by_neighbours(a, b).value, kl_divergence(diagonal({0}, {1}), diagonal({1}, {2})),
              0.09);
  const double beyond = kl_divergence(diagonal({1}, {2}), diagonal({0}, {1}));
  EXPECT_LT(kl_divergence_by_neighbours(b, a).value, beyond) << "B's tails are beyond A's samples";
  EXPECT_GT(kl_divergence_by_neighbours(b, a).value, beyond / 2);

  const auto shift = at::tensor({0.5, 0.0, -1.0});
  const auto p = gaussian(4000, 3, "p"), q = gaussian(4000, 3, "q") * at::tensor({1.0, 1.5, 1.0}) + shift;
  EXPECT_NEAR(kl_divergence_by_neighbours(p, q).value,
              kl_divergence(diagonal({0, 0, 0}, {1, 1, 1}), diagonal({0.5, 0, -1}, {1, 1.5, 1})), 0.09);
  EXPECT_NEAR(kl_divergence_by_neighbours(p, gaussian(3500, 3, "other")).value, 0, 0.08);
}

TEST(NeighbourDivergence, AScaleOrAShiftOfBothChangesNothing) {
  const auto a = gaussian(300, 2, "a"), b = gaussian(200, 2, "b") + 1;
  const double value = kl_divergence_by_neighbours(a, b).value;
  EXPECT_NEAR(kl_divergence_by_neighbours(a * 1000, b * 1000).value, value, 1e-9);
  EXPECT_NEAR(kl_divergence_by_neighbours(a + 50, b + 50).value, value, 1e-9);
}

TEST(NeighbourDivergence, TheIntervalIsTheSpreadOfRepetitionsOfA) {
  const auto b = gaussian(4000, 2, "b");
  std::vector<double> values, halves;
  for (int r = 0; r < 60; ++r) {
    const auto a = gaussian(300, 2, fmt::format("a{}", r)) * 0.7 + 0.5;
    const auto interval = kl_divergence_by_neighbours(a, b);
    values.push_back(interval.value);
    halves.push_back(interval.half_width95());
  }
  EXPECT_NEAR(mean_of(halves) / (z95 * sd_of(values)), 1, 0.3);
}

TEST(NeighbourDivergence, NeedsSamplesOfADensity) {
  const auto x = gaussian(20, 2, "x"), y = gaussian(4, 2, "y");
  EXPECT_NE(message([&] { kl_divergence_by_neighbours(x, y, 5); }).find("got 20 and 4"), std::string::npos);
  EXPECT_NE(message([&] { kl_divergence_by_neighbours(y, x, 4); }).find("got 4 and 20"), std::string::npos);
  EXPECT_NE(message([&] {
              kl_divergence_by_neighbours(at::cat({x, x}), gaussian(9, 2, "z"), 1);
            }).find("sample 0 coincides with 1 more of its own set"),
            std::string::npos);
  EXPECT_NE(message([&] {
              kl_divergence_by_neighbours(x, at::cat({y, x.narrow(0, 3, 5)}), 1);
            }).find("sample 3 coincides with 1 of the other set"),
            std::string::npos);
}

}  // namespace
}  // namespace pushforward::metrics
