#include "pushforward/metrics/kernel_discrepancy.h"

#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "pushforward/metrics/energy_distance.h"
#include "pushforward/metrics/maximum_mean_discrepancy.h"
#include "pushforward/metrics/pairwise.h"
#include "pushforward/metrics/summary.h"

namespace pushforward::metrics {
namespace {

/// The mean of f(x_i, y_j) over all pairs, or over i ≠ j.
template <typename F>
double mean_over(const at::Tensor& x, const at::Tensor& y, bool different, const F& f) {
  double sum = 0, count = 0;
  for (std::int64_t i = 0; i < x.size(0); ++i)
    for (std::int64_t j = 0; j < y.size(0); ++j)
      if (!different || i != j) {
        sum += f((x[i] - y[j]).norm().item<double>());
        ++count;
      }
  return sum / count;
}

template <typename F>
void expect_definition(const KernelDiscrepancy& found, const at::Tensor& x, const at::Tensor& y, const F& f) {
  const double cross = 2 * mean_over(x, y, false, f);
  EXPECT_NEAR(found.unbiased.value, mean_over(x, x, true, f) + mean_over(y, y, true, f) - cross, 1e-12);
  EXPECT_NEAR(found.biased, mean_over(x, x, false, f) + mean_over(y, y, false, f) - cross, 1e-12);
}

TEST(PairwiseDistances, ByDifferencesAndByProductsAgree) {
  for (const std::int64_t dims : {1, 16, 17, 300}) {
    const auto x = gaussian(40, dims, "x") + 1000, y = gaussian(30, dims, "y") + 1000;
    const auto direct = (x.unsqueeze(1) - y.unsqueeze(0)).square().sum(2);
    EXPECT_TRUE(at::allclose(squared_distances(x, y), direct, 1e-11, 0)) << dims;
  }
  const auto x = gaussian(20, 50, "same");
  EXPECT_GE(squared_distances(x, x).min().item<double>(), 0);
}

TEST(MaximumMeanDiscrepancy, IsItsDefinition) {
  for (const std::int64_t dims : {2, 20}) {
    const auto x = gaussian(12, dims, "x"), y = gaussian(17, dims, "y") + 0.5;
    expect_definition(maximum_mean_discrepancy(x, y, {1.5}), x, y,
                      [](double d) { return std::exp(-d * d / (2 * 1.5 * 1.5)); });
    expect_definition(maximum_mean_discrepancy(x, y, {0.5, 4}), x, y, [](double d) {
      return (std::exp(-d * d / (2 * 0.25)) + std::exp(-d * d / (2 * 16))) / 2;
    });
  }
}

TEST(MaximumMeanDiscrepancy, GaussiansFollowClosedForms) {
  const double h = 0.8, shift = 1, sd = 1.5;
  const auto expectation = [&](double variance, double mean) {
    return h / std::sqrt(h * h + variance) * std::exp(-mean * mean / (2 * (h * h + variance)));
  };
  const double expected =
      expectation(2, 0) + expectation(2 * sd * sd, 0) - 2 * expectation(1 + sd * sd, shift);
  const auto found =
      maximum_mean_discrepancy(gaussian(2000, 1, "a"), sd * gaussian(2500, 1, "b") + shift, {h});
  EXPECT_NEAR(found.unbiased.value, expected, 2 * found.unbiased.half_width95()) << "four standard errors";
  EXPECT_LT(found.unbiased.half_width95(), expected / 5);
}

TEST(MaximumMeanDiscrepancy, TheMedianIsThatOfAllPairs) {
  const auto x = at::tensor({0.0, 1.0}), y = at::tensor({3.0});
  EXPECT_DOUBLE_EQ(median_distance(x, y), 2) << "1, 3, 2";
  EXPECT_NEAR(median_distance(gaussian(5000, 1, "a"), gaussian(4000, 1, "b")), 0.6745 * std::sqrt(2.0), 0.06);
  const auto a = gaussian(30, 3, "a"), b = gaussian(40, 3, "b") + 1;
  const double h = median_distance(a, b);
  EXPECT_EQ(maximum_mean_discrepancy(a, b).unbiased.value,
            maximum_mean_discrepancy(a, b, {h / 4, h / 2, h, 2 * h, 4 * h}).unbiased.value);
  EXPECT_NEAR(maximum_mean_discrepancy(a * 9, b * 9).unbiased.value,
              maximum_mean_discrepancy(a, b).unbiased.value, 1e-12);
}

TEST(EnergyDistance, IsItsDefinition) {
  for (const std::int64_t dims : {1, 2, 20}) {
    const auto x = gaussian(12, dims, "x"), y = gaussian(17, dims, "y") + 0.5;
    expect_definition(energy_distance(x, y), x, y, [](double d) { return -d; });
  }
}

TEST(EnergyDistance, OfNumbersIsTwiceTheSquaredDifferenceOfTheirDistributions) {
  // SciPy's energy_distance([0], [2]) is 2; of [0, 8], [0, 8], weights (3, 1) and (2, 2): 1.
  EXPECT_DOUBLE_EQ(energy_distance(at::tensor({0.0, 0.0}), at::tensor({2.0, 2.0})).biased, 4);
  EXPECT_DOUBLE_EQ(energy_distance(at::tensor({0.0, 8.0, 0.0, 0.0}), at::tensor({0.0, 8.0})).biased, 1);
}

TEST(EnergyDistance, GaussiansFollowClosedForms) {
  const auto apart = [](double variance, double mean) {
    const double sd = std::sqrt(variance);
    return sd * std::sqrt(2 / std::numbers::pi) * std::exp(-mean * mean / (2 * variance)) +
           mean * std::erf(mean / (sd * std::numbers::sqrt2));
  };
  const double expected = 2 * apart(1 + 4, 1) - apart(2, 0) - apart(8, 0);
  const auto found = energy_distance(gaussian(2500, 1, "a"), 2 * gaussian(2000, 1, "b") + 1);
  EXPECT_NEAR(found.unbiased.value, expected, 2 * found.unbiased.half_width95()) << "four standard errors";
  EXPECT_LT(found.unbiased.half_width95(), expected / 5);
}

TEST(KernelDiscrepancy, TheIntervalIsTheSpreadOfRepetitions) {
  for (const double shift : {0.0, 1.0}) {
    std::vector<double> mmd, mmd_halves, energy, energy_halves;
    for (int r = 0; r < 200; ++r) {
      const auto x = gaussian(60, 2, fmt::format("x{}", r)),
                 y = gaussian(90, 2, fmt::format("y{}", r)) + shift;
      const auto a = maximum_mean_discrepancy(x, y, {1}).unbiased, b = energy_distance(x, y).unbiased;
      mmd.push_back(a.value);
      mmd_halves.push_back(a.half_width95());
      energy.push_back(b.value);
      energy_halves.push_back(b.half_width95());
    }
    for (const double ratio :
         {mean_of(mmd_halves) / (z95 * sd_of(mmd)), mean_of(energy_halves) / (z95 * sd_of(energy))}) {
      EXPECT_GT(ratio, 0.85) << shift;
      EXPECT_LT(ratio, shift == 0 ? 1.4 : 1.2) << shift << ": wide where the sets are alike";
    }
    if (shift == 0) {
      EXPECT_NEAR(mean_of(mmd), 0, 4 * sd_of(mmd) / std::sqrt(200.0)) << "unbiased";
      EXPECT_NEAR(mean_of(energy), 0, 4 * sd_of(energy) / std::sqrt(200.0));
    }
  }
}

TEST(KernelDiscrepancy, ManyBlocksAreOne) {
  const auto x = gaussian(1700, 2, "x"), y = gaussian(1500, 2, "y") + 0.3;
  const auto kernel = [](const at::Tensor& d) { return (-d / 2).exp(); };
  const auto mean = [&](const at::Tensor& a, const at::Tensor& b) {
    return kernel(squared_distances(a, b)).mean().item<double>();
  };
  EXPECT_NEAR(kernel_discrepancy("test", x, y, kernel).biased, mean(x, x) + mean(y, y) - 2 * mean(x, y),
              1e-12);
}

TEST(KernelDiscrepancy, RefusesWhatItCannotCompare) {
  const auto x = gaussian(5, 2, "x");
  EXPECT_NE(message([&] { maximum_mean_discrepancy(x, x, {}); }).find("a bandwidth, got none"),
            std::string::npos);
  EXPECT_NE(message([&] { maximum_mean_discrepancy(x, x, {0}); }).find("above 0, got 0"), std::string::npos);
  EXPECT_NE(message([&] {
              maximum_mean_discrepancy(at::ones({5, 2}), at::ones({5, 2}));
            }).find("no bandwidth"),
            std::string::npos);
  EXPECT_NE(
      message([&] { energy_distance(x.narrow(0, 0, 1), x); }).find("[energy_distance] expected at least 2"),
      std::string::npos);
}

}  // namespace
}  // namespace pushforward::metrics
