#include "pushforward/metrics/histogram_divergence.h"

#include "tests/metrics/features.h"
#include "tests/metrics/parallel_lines.h"
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "pushforward/metrics/gaussian_divergence.h"
#include "pushforward/metrics/summary.h"

namespace pushforward::metrics {
namespace {

const double ln2 = std::log(2.0);

/// counts[c] samples at c.
at::Tensor counted(const std::vector<int>& counts) {
  std::vector<double> values;
  for (std::size_t c = 0; c < counts.size(); ++c)
    values.insert(values.end(), static_cast<std::size_t>(counts[c]), static_cast<double>(c));
  return at::tensor(values);
}

TEST(Histogram, ByHand) {
  const auto pair = bin_together(counted({2, 2, 0, 4}), counted({1, 1, 2}), 4);
  EXPECT_EQ(pair.p, (std::vector<double>{0.25, 0.25, 0, 0.5}));
  EXPECT_EQ(pair.q, (std::vector<double>{0.25, 0.25, 0.5, 0}));
  EXPECT_EQ(pair.n, 8);
  EXPECT_EQ(pair.m, 4);
  EXPECT_DOUBLE_EQ(pair.outside(), 0.5);
  EXPECT_DOUBLE_EQ(total_variation(pair).value, 0.5);
  EXPECT_DOUBLE_EQ(jensen_shannon(pair).value, 0.5 * ln2);
  EXPECT_EQ(kl_divergence(pair).value, std::numeric_limits<double>::infinity());

  const auto whole = bin_together(counted({1, 3}), counted({2, 2}), 2);
  EXPECT_NEAR(kl_divergence(whole).value, 0.25 * std::log(0.5) + 0.75 * std::log(1.5), 1e-15);
  EXPECT_NEAR(kl_divergence(whole.swapped()).value, 0.5 * std::log(2.0) + 0.5 * std::log(2.0 / 3), 1e-15);
}

TEST(Histogram, BinsAreOfTheJointRangeWithItsEnd) {
  const auto pair = bin_together(at::tensor({0.0, 1.0, 2.0, 10.0}), at::tensor({9.99, 5.0}), 2);
  EXPECT_EQ(pair.p, (std::vector<double>{0.75, 0.25}));
  EXPECT_EQ(pair.q, (std::vector<double>{0, 1}));
  EXPECT_EQ(bin_together(gaussian(1000, 1, "a"), gaussian(8000, 1, "b")).bins, 20) << "Rice: 2 n^(1/3)";
  EXPECT_EQ(bin_together(gaussian(10000, 2, "a"), gaussian(20000, 2, "b")).bins, 20) << "2 n^(1/4)";
  const auto same = bin_together(at::ones({5, 2}), at::ones({4, 2}));
  EXPECT_EQ(same.p, std::vector<double>{1});
  EXPECT_EQ(kl_divergence(same).value, 0);
}

TEST(Histogram, ParallelLinesOfTheWassersteinGan) {
  for (const double theta : {1.0, -0.3, 1e-6}) {
    const auto lines = parallel_lines(2000, theta);
    const auto pair = bin_together(lines.first, lines.second);
    EXPECT_EQ(kl_divergence(pair).value, std::numeric_limits<double>::infinity());
    EXPECT_EQ(kl_divergence(pair.swapped()).value, std::numeric_limits<double>::infinity());
    EXPECT_NEAR(jensen_shannon(pair).value, ln2, 1e-12);
    EXPECT_NEAR(total_variation(pair).value, 1, 1e-12);
  }
  const auto one = parallel_lines(2000, 0);
  const auto pair = bin_together(one.first, one.second, 10);
  EXPECT_LT(kl_divergence(pair).value, 0.02);
  EXPECT_LT(jensen_shannon(pair).value, 0.005);
}

TEST(Histogram, GaussiansComeNearClosedForms) {
  const auto a = gaussian(40'000, 1, "a"), b = 1.3 * gaussian(50'000, 1, "b") + 0.8;
  const auto of = [](double mean, double sd) {
    return GaussianStatistics::from(9, at::tensor({mean}), at::tensor({sd * sd}).view({1, 1}));
  };
  const auto p = of(0, 1), q = of(0.8, 1.3);
  const auto pair = bin_together(a, b);
  EXPECT_NEAR(jensen_shannon(pair).value, jensen_shannon(p, q), 0.004);
  EXPECT_NEAR(total_variation(pair).value, total_variation(p, q), 0.01);
  EXPECT_NEAR(kl_divergence(bin_together(a.clamp(-2, 2), b.clamp(-2, 2))).value, kl_divergence(p, q), 0.05);
}

TEST(Histogram, IntervalsAreTheSpreadOfRepetitions) {
  // Three cells, shares .5 .3 .2 and .2 .3 .5.
  const auto draw = [](double first, std::int64_t n, std::uint64_t counter) {
    auto engine = stream(5, first < 0.3 ? "q" : "p", counter);
    std::vector<double> values(static_cast<std::size_t>(n));
    for (auto& value : values) {
      const double u = uniform01(engine);
      value = u < first ? 0 : u < first + 0.3 ? 1 : 2;
    }
    return at::tensor(values);
  };
  using Divergence = Interval (*)(const BinnedPair&);
  for (const Divergence divergence :
       {Divergence{kl_divergence}, Divergence{jensen_shannon}, Divergence{total_variation}}) {
    std::vector<double> values, halves;
    for (std::uint64_t r = 0; r < 400; ++r) {
      const auto interval = divergence(bin_together(draw(0.5, 600, r), draw(0.2, 900, r), 3));
      values.push_back(interval.value);
      halves.push_back(interval.half_width95());
    }
    EXPECT_NEAR(mean_of(halves) / (z95 * sd_of(values)), 1, 0.12);
  }
}

TEST(Histogram, RefusesWhatItCannotCount) {
  const auto x = gaussian(10, 4, "x");
  EXPECT_NE(message([&] { bin_together(x, x); }).find("at most 3 dimensions, got 4"), std::string::npos);
  EXPECT_NE(message([&] { bin_together(x.narrow(0, 0, 0), x); }).find("at least 1 samples"),
            std::string::npos);
  EXPECT_NE(message([&] { bin_together(x.narrow(1, 0, 1), x); }).find("got 1 and 4"), std::string::npos);
  EXPECT_NE(message([&] { bin_together(x.narrow(1, 0, 1), x.narrow(1, 0, 1) / 0); }).find("not finite"),
            std::string::npos);
  expect_says([&] { bin_together(x.narrow(1, 0, 1), x.narrow(1, 0, 1), -1); },
              "up to 1,000,000 bins, got -1");
}

}  // namespace
}  // namespace pushforward::metrics
