// What no estimate may depend on: how samples are stored, and the units of what has none.
#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "pushforward/metrics/cmmd.h"
#include "pushforward/metrics/diversity.h"
#include "pushforward/metrics/energy_distance.h"
#include "pushforward/metrics/fid.h"
#include "pushforward/metrics/fid_infinity.h"
#include "pushforward/metrics/histogram_divergence.h"
#include "pushforward/metrics/inception_score.h"
#include "pushforward/metrics/kid.h"
#include "pushforward/metrics/maximum_mean_discrepancy.h"
#include "pushforward/metrics/memorisation.h"
#include "pushforward/metrics/mind.h"
#include "pushforward/metrics/nearest_neighbour_divergence.h"
#include "pushforward/metrics/precision_recall.h"
#include "pushforward/metrics/sinkhorn.h"
#include "pushforward/metrics/wasserstein.h"

namespace pushforward::metrics {
namespace {

struct Estimate {
  const char* name;
  std::function<std::vector<double>(const at::Tensor& a, const at::Tensor& b)> values;
};

std::vector<double> of(const Interval& interval) {
  return {interval.value, interval.low, interval.high};
}

const std::vector<Estimate> estimates{
    {"FID", [](const auto& a, const auto& b) { return of(fid(a, b)); }},
    {"FID∞", [](const auto& a, const auto& b) { return of(fid_infinity(a, b).value); }},
    {"KID", [](const auto& a, const auto& b) { return of(kid(a, b, {.subsets = 5, .subset_size = 50})); }},
    {"Inception Score", [](const auto& a, const auto&) { return of(inception_score(a, 4)); }},
    {"precision, recall, density, coverage",
     [](const auto& a, const auto& b) {
       const auto found = prdc(a, b);
       return std::vector{found.precision.value, found.recall.value, found.density.value,
                          found.coverage.value};
     }},
    {"diversity",
     [](const auto& a, const auto& b) {
       const auto found = diversity(a, b);
       return std::vector<double>{found.spread, found.nearest};
     }},
    {"JS", [](const auto& a, const auto& b) { return of(jensen_shannon(bin_together(a, b))); }},
    {"total variation", [](const auto& a, const auto& b) { return of(total_variation(bin_together(a, b))); }},
    {"KL by neighbours", [](const auto& a, const auto& b) { return of(kl_divergence_by_neighbours(a, b)); }},
    {"W₁", [](const auto& a, const auto& b) { return std::vector{wasserstein(a, b).value}; }},
    {"SW₁", [](const auto& a, const auto& b) { return of(sliced_wasserstein(a, b, {.projections = 20})); }},
    {"Sinkhorn", [](const auto& a, const auto& b) { return of(sinkhorn_divergence(a, b).value); }},
    {"MMD", [](const auto& a, const auto& b) { return of(maximum_mean_discrepancy(a, b).unbiased); }},
    {"CMMD", [](const auto& a, const auto& b) { return of(cmmd(a, b).unbiased); }},
    {"memorisation",
     [](const auto& a, const auto& b) {
       const auto found = memorisation(a, b, b * 0.9);
       return std::vector{found.authenticity.value, found.held_out_authenticity.value, found.copying.value,
                          found.copying.low, found.copying.high};
     }},
    {"MIND", [](const auto& a, const auto& b) { return of(mind(a, b, {.projections = 20})); }},
    {"energy", [](const auto& a, const auto& b) { return of(energy_distance(a, b).unbiased); }},
};

/// Two sets of three numbers a sample, stored class by class: sorted by their first number.
struct Sorted {
  at::Tensor a, b;
};

Sorted sorted_sets() {
  const auto drawn = [](double shift, std::string_view purpose) {
    const auto x = gaussian(300, 3, purpose) + shift;
    return x.index_select(0, x.select(1, 0).argsort());
  };
  return {drawn(0, "a"), drawn(0.5, "b")};
}

at::Tensor shuffled(const at::Tensor& x) {
  const auto order = permutation(x.size(0), stream(0, "shuffled"));
  return x.index_select(0, at::tensor(order, at::kLong));
}

TEST(Estimates, DoNotDependOnTheOrderOfSamples) {
  const auto [a, b] = sorted_sets();
  for (const auto& [name, values] : estimates) {
    const auto expected = values(a, b), found = values(shuffled(a), shuffled(b));
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(found[i], expected[i], 1e-5 * (1e-2 + std::abs(expected[i]))) << name << ", number " << i;
  }
}

TEST(Estimates, DoNotDependOnWhereZeroIs) {
  const auto [a, b] = sorted_sets();
  for (const auto* name : {"FID", "precision, recall, density, coverage", "diversity", "KL by neighbours",
                           "W₁", "SW₁", "Sinkhorn", "MMD", "energy"}) {
    const auto estimate = std::ranges::find(estimates, std::string_view(name), &Estimate::name);
    const auto expected = estimate->values(a, b), found = estimate->values(a + 0x1p30, b + 0x1p30);
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(found[i], expected[i], 1e-4 * (1e-2 + std::abs(expected[i]))) << name << ", number " << i;
  }
}

TEST(Estimates, OfDistributionsHaveNoUnits) {
  const auto [a, b] = sorted_sets();
  const auto map = [](const at::Tensor& x) {
    return x.to(at::kDouble) * at::tensor({1e3, 1.0, 1e-3}, at::kDouble) + 7;
  };
  for (const auto* name : {"JS", "total variation"}) {
    const auto estimate = std::ranges::find(estimates, std::string_view(name), &Estimate::name);
    const auto expected = estimate->values(a, b), found = estimate->values(map(a), map(b));
    for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(found[i], expected[i], 0.02) << name;
  }
}

// N(0, 1) and N(3, 1) are 2 Φ(3/2) − 1 = 0.8664 apart in total variation.
TEST(Estimates, OneSampleFarAwayDoesNotHideADifference) {
  for (const double far : {0.0, 1e3, 1e6, 1e300, -1e9}) {
    auto a = gaussian(2000, 1, "a");
    at::Tensor b = gaussian(2000, 1, "b") + 3;
    if (far != 0) a[0][0] = b[0][0] = far;
    const auto binned = bin_together(a, b);
    EXPECT_NEAR(total_variation(binned).value, 0.866, 0.03) << far;
    EXPECT_NEAR(jensen_shannon(binned).value, 0.52, 0.03) << far;
  }
}

TEST(Estimates, OfInceptionScoreAreThoseOfAShuffledSet) {
  // Two classes, one after the other: each half alone has a score of 1.
  const auto logits =
      at::cat({at::tensor({9.0, 0.0}).expand({50, 2}), at::tensor({0.0, 9.0}).expand({50, 2})}) +
      1e-3 * gaussian(100, 2, "x");
  EXPECT_GT(inception_score(logits, 2).value, 1.9);
  EXPECT_EQ(inception_score(shuffled(logits), 2).value, inception_score(logits, 2).value);
}

TEST(Sinkhorn, OfEqualAndOfAlmostEqualSetsConvergesInAFewSteps) {
  const auto a = gaussian(300, 2, "x");
  auto b = a.clone();
  b.slice(0, 0, 3) += 0.1;
  for (const auto& other : std::vector<at::Tensor>{a, b}) {
    const auto found = sinkhorn_divergence(a, other);
    EXPECT_TRUE(found.converged);
    EXPECT_LT(found.iterations, 100);
    EXPECT_NEAR(found.value.value, 0, 1e-3);
  }
}

}  // namespace
}  // namespace pushforward::metrics
