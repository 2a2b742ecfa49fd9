#include "pushforward/metrics/sinkhorn.h"

#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <cmath>

#include "pushforward/metrics/summary.h"
#include "pushforward/metrics/wasserstein.h"

namespace pushforward::metrics {
namespace {

/// OT_ε by the scaling iterations of Cuturi (2013), which overflow where ε is small.
double entropic_cost(const at::Tensor& x, const at::Tensor& y, double epsilon) {
  const auto costs = (x.unsqueeze(1) - y.unsqueeze(0)).square().sum(2);
  const auto kernel = (-costs / epsilon).exp();
  const double n = static_cast<double>(x.size(0)), m = static_cast<double>(y.size(0));
  auto v = at::ones({y.size(0)}, at::kDouble);
  at::Tensor u;
  for (int k = 0; k < 5000; ++k) {
    u = 1 / (n * kernel.mv(v));
    v = 1 / (m * kernel.t().mv(u));
  }
  const auto plan = u.unsqueeze(1) * kernel * v;
  return ((plan * costs).sum() + epsilon * (plan * (plan * n * m).log()).sum()).item<double>();
}

TEST(Sinkhorn, IsItsDefinition) {
  const auto x = gaussian(20, 2, "x"), y = gaussian(30, 2, "y") * 0.5 + 1;
  for (const double epsilon : {0.3, 2.0, 50.0}) {
    const double expected =
        entropic_cost(x, y, epsilon) - (entropic_cost(x, x, epsilon) + entropic_cost(y, y, epsilon)) / 2;
    const auto found = sinkhorn_divergence(x, y, {.epsilon = epsilon, .tolerance = 1e-10});
    EXPECT_TRUE(found.converged);
    EXPECT_NEAR(found.value.value, expected, 1e-7 * expected) << epsilon;
    EXPECT_EQ(found.epsilon, epsilon);
  }
}

TEST(Sinkhorn, GoesFromTheExactDistanceToThatOfMeans) {
  const auto x = gaussian(40, 3, "x"), y = gaussian(40, 3, "y") + 1;
  const double exact = std::pow(wasserstein(x, y, 2).value, 2),
               means = (x.mean(0) - y.mean(0)).square().sum().item<double>();
  EXPECT_NEAR(sinkhorn_divergence(x, y, {.epsilon = 0.01}).value.value, exact, 0.02 * exact);
  EXPECT_NEAR(sinkhorn_divergence(x, y, {.epsilon = 1e6}).value.value, means, 1e-4 * means);
}

TEST(Sinkhorn, IsZeroForEqualSetsAndExactForSinglePoints) {
  const auto x = gaussian(30, 2, "x");
  EXPECT_NEAR(sinkhorn_divergence(x, x.flip(0)).value.value, 0, 1e-5);
  const auto same = at::ones({4, 2});
  EXPECT_EQ(sinkhorn_divergence(same, same).value.value, 0);
  EXPECT_NEAR(sinkhorn_divergence(same, same + 2).value.value, 8, 1e-12)
      << "‖(2, 2)‖², not halved, not rooted";
}

TEST(Sinkhorn, AShiftAddsItsSquare) {
  const auto x = gaussian(50, 2, "x") + 100, y = gaussian(40, 2, "y") + 100;
  const auto shift = at::tensor({3.0, -1.0});
  const auto with = [&](const at::Tensor& moved) {
    return sinkhorn_divergence(x, moved, {.epsilon = 0.5, .tolerance = 1e-9}).value.value;
  };
  const double across = ((x.mean(0) - y.mean(0)) * shift).sum().item<double>();
  EXPECT_NEAR(with(y + shift), with(y) + 10 - 2 * across, 1e-6);
}

TEST(Sinkhorn, TheIntervalIsTheSpreadOfRepetitions) {
  std::vector<double> values, halves;
  for (int r = 0; r < 60; ++r) {
    const auto x = gaussian(80, 2, fmt::format("x{}", r)),
               y = gaussian(120, 2, fmt::format("y{}", r)) * 1.5 + 1;
    const auto interval = sinkhorn_divergence(x, y, {.epsilon = 1}).value;
    values.push_back(interval.value);
    halves.push_back(interval.half_width95());
  }
  EXPECT_NEAR(mean_of(halves) / (z95 * sd_of(values)), 1, 0.25);
}

TEST(Sinkhorn, SaysWhenItHasNotConverged) {
  const auto x = gaussian(30, 2, "x"), y = gaussian(30, 2, "y") + 1;
  const auto cut = sinkhorn_divergence(x, y, {.epsilon = 1e-3, .max_iterations = 15});
  EXPECT_FALSE(cut.converged);
  EXPECT_EQ(cut.iterations, 15);
  EXPECT_NE(message([&] { sinkhorn_divergence(x, y, {.epsilon = -1}); }).find("got -1"), std::string::npos);
  EXPECT_NE(message([&] { sinkhorn_divergence(x.narrow(0, 0, 1), y); }).find("at least 2"),
            std::string::npos);
}

}  // namespace
}  // namespace pushforward::metrics
