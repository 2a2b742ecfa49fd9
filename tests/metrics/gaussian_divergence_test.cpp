#include "pushforward/metrics/gaussian_divergence.h"

#include "tests/expect.h"
#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

namespace pushforward::metrics {
namespace {

GaussianStatistics line(double mean, double sd) {
  return GaussianStatistics::from(9, at::tensor({mean}), at::tensor({sd * sd}).view({1, 1}));
}

GaussianStatistics random(std::int64_t dims, std::string_view purpose) {
  return GaussianStatistics::of(gaussian(4 * dims, dims, purpose) * 1.5 + 0.3);
}

/// The integral of f over [−60, 60] by Simpson's rule.
template <typename F>
double integral(const F& f) {
  constexpr int steps = 240'000;
  const double h = 120.0 / steps;
  double sum = f(-60) + f(60);
  for (int k = 1; k < steps; ++k) sum += (k % 2 == 1 ? 4 : 2) * f(-60 + k * h);
  return sum * h / 3;
}

double density(double x, double mean, double sd) {
  return std::exp(-0.5 * std::pow((x - mean) / sd, 2)) / (sd * std::sqrt(2 * std::numbers::pi));
}

TEST(GaussianDivergence, OnALineTheyAreTheirIntegrals) {
  const std::vector<std::pair<double, double>> others{
      {1.0, 1.0}, {0.0, 2.0}, {-2.0, 0.5}, {3.0, 3.0}, {0.0, 0.3}};
  for (const auto& [mean, sd] : others) {
    const auto a = line(0, 1), b = line(mean, sd);
    const auto p = [](double x) { return density(x, 0, 1); };
    const auto q = [&, m = mean, s = sd](double x) { return density(x, m, s); };
    const double overlap = integral([&](double x) { return std::sqrt(p(x) * q(x)); });
    EXPECT_NEAR(bhattacharyya_distance(a, b), -std::log(overlap), 1e-9);
    EXPECT_NEAR(hellinger_distance(a, b), std::sqrt(1 - overlap), 1e-9);
    EXPECT_NEAR(total_variation(a, b), integral([&](double x) { return 0.5 * std::abs(p(x) - q(x)); }), 1e-6);
    const auto towards_middle = [&](double f, double g) {
      return f > 0 ? 0.5 * f * std::log(2 * f / (f + g)) : 0.0;
    };
    EXPECT_NEAR(jensen_shannon(a, b),
                integral([&](double x) { return towards_middle(p(x), q(x)) + towards_middle(q(x), p(x)); }),
                1e-7);
    EXPECT_NEAR(kl_divergence(a, b), std::log(sd) + (1 + mean * mean) / (2 * sd * sd) - 0.5, 1e-12);
    EXPECT_NEAR(wasserstein_2(a, b), std::hypot(mean, 1 - sd), 1e-12);
    EXPECT_NEAR(total_variation(a, b), total_variation(b, a), 1e-12);
    EXPECT_NEAR(jensen_shannon(a, b), jensen_shannon(b, a), 1e-12);
  }
  EXPECT_NEAR(total_variation(line(0, 1), line(2, 1)), std::erf(1 / std::sqrt(2.0)), 1e-12);
}

TEST(GaussianDivergence, FarAndVeryUnequalOnesReachTheBounds) {
  EXPECT_NEAR(jensen_shannon(line(0, 1), line(1000, 2)), std::log(2.0), 1e-7);
  EXPECT_NEAR(total_variation(line(0, 1), line(1000, 2)), 1, 1e-12);
  EXPECT_NEAR(jensen_shannon(line(0, 1), line(0, 1e-7)), std::log(2.0), 1e-5);
  EXPECT_EQ(jensen_shannon(line(0, 1), line(0, 0)), std::log(2.0));
  EXPECT_EQ(total_variation(line(0, 1), line(0, 0)), 1);
}

TEST(GaussianDivergence, InManyDimensionsTheyAreTheirFormulas) {
  for (const std::int64_t dims : {2, 7, 30}) {
    const auto a = random(dims, "a"), b = random(dims, "b");
    const auto inverse = at::linalg_inv(b.covariance());
    const auto log_det = [](const at::Tensor& m) {
      return std::get<1>(at::linalg_slogdet(m)).item<double>();
    };
    const auto apart = (b.mean() - a.mean()).unsqueeze(1);
    const double kl =
        0.5 * ((inverse.matmul(a.covariance()).trace() + apart.t().matmul(inverse).matmul(apart).sum())
                   .item<double>() -
               static_cast<double>(dims) + log_det(b.covariance()) - log_det(a.covariance()));
    EXPECT_NEAR(kl_divergence(a, b), kl, 1e-9 * kl) << dims;
    const auto middle = (a.covariance() + b.covariance()) / 2;
    const double bhattacharyya =
        apart.t().matmul(at::linalg_inv(middle)).matmul(apart).sum().item<double>() / 8 +
        0.5 * (log_det(middle) - 0.5 * (log_det(a.covariance()) + log_det(b.covariance())));
    EXPECT_NEAR(bhattacharyya_distance(a, b), bhattacharyya, 1e-9 * bhattacharyya);
    EXPECT_NEAR(bhattacharyya_distance(b, a), bhattacharyya, 1e-9 * bhattacharyya);
    EXPECT_EQ(wasserstein_2(a, b), std::sqrt(frechet_distance(a, b)));
  }
}

TEST(GaussianDivergence, SingularOnesAreInfinitelyFarUnlessEqual) {
  const auto full = random(5, "full");
  const auto flat = GaussianStatistics::of(gaussian(5, 5, "flat"));  // rank 4
  EXPECT_EQ(kl_divergence(full, flat), infinity);
  EXPECT_EQ(kl_divergence(flat, full), infinity);
  EXPECT_EQ(bhattacharyya_distance(full, flat), infinity);
  EXPECT_EQ(hellinger_distance(full, flat), 1);
  EXPECT_TRUE(std::isfinite(wasserstein_2(full, flat)));
  for (const auto& g : {full, flat}) {
    EXPECT_EQ(kl_divergence(g, g), 0);
    EXPECT_EQ(hellinger_distance(g, g), 0);
  }
}

TEST(GaussianDivergence, RefusesOtherDimensions) {
  EXPECT_NE(message([] { kl_divergence(random(2, "a"), random(3, "b")); }).find("got 2 and 3"),
            std::string::npos);
  EXPECT_NE(message([] { total_variation(random(2, "a"), random(2, "b")); }).find("one dimension, got 2"),
            std::string::npos);
  EXPECT_NE(message([] { jensen_shannon(random(2, "a"), random(2, "b")); }).find("one dimension, got 2"),
            std::string::npos);
  expect_says([] { kl_divergence(GaussianStatistics(2), random(2, "b")); },
              "at least 1 sample for a mean, got none");
}

}  // namespace
}  // namespace pushforward::metrics
