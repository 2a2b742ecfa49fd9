#include "pushforward/metrics/roc.h"

#include "tests/expect.h"
#include "tests/metrics/samples.h"
#include <gtest/gtest.h>

#include "pushforward/core/error.h"
#include "pushforward/metrics/summary.h"

namespace pushforward::metrics {
namespace {

bool holds(const Interval& interval, double value) {
  return interval.low <= value && value <= interval.high;
}

void expect_sane(const Interval& interval) {
  EXPECT_TRUE(0 <= interval.low && interval.low <= interval.value && interval.value <= interval.high &&
              interval.high <= 1)
      << interval.low << " " << interval.value << " " << interval.high;
}

TEST(Roc, IntervalsCoverTheTruth) {
  // in ~ N(0, 1), out ~ N(d, 1): every value is known in closed form but average precision.
  constexpr double shift = 1.5, quantile95 = 1.6448536269514722;
  constexpr int trials = 200;
  const double auroc = normal_cdf(shift / std::sqrt(2.0));
  const double fpr_out = normal_cdf(quantile95 - shift), fpr_in = normal_cdf(quantile95 - shift);
  const double precision =
      average_precision(rank(normals(300'000, 0, "many in"), normals(300'000, shift, "many out")).counts);
  int covered_auroc = 0, covered_precision = 0, covered_out = 0, covered_in = 0;
  for (int trial = 0; trial < trials; ++trial) {
    const auto result = roc(normals(150, 0, "in", trial), normals(150, shift, "out", trial));
    covered_auroc += holds(result.auroc, auroc);
    covered_precision += holds(result.average_precision, precision);
    covered_out += holds(result.fpr_at_95_tpr_out, fpr_out);
    covered_in += holds(result.fpr_at_95_tpr_in, fpr_in);
  }
  // 95 % of 200 is 190, give or take 3.1; the bootstrap is known to cover a little less.
  for (const int covered : {covered_auroc, covered_precision, covered_out, covered_in})
    EXPECT_GE(covered, 178);
  EXPECT_LE(covered_auroc, 199);
}

TEST(Roc, DelongAgreesWithBootstrap) {
  const auto in = rounded(normals(200, 0, "in")), out = rounded(normals(300, 1, "out"));
  auto engine = stream(3, "bootstrap");
  std::vector<double> replicates, a(in.size()), b(out.size());
  for (int i = 0; i < 2000; ++i) {
    for (auto& score : a) score = in[uniform_below(engine, in.size())];
    for (auto& score : b) score = out[uniform_below(engine, out.size())];
    replicates.push_back(auroc(rank(a, b).counts));
  }
  const auto counts = rank(in, out).counts;
  EXPECT_NEAR(std::sqrt(auroc_variance(counts)) / sd_of(replicates), 1, 0.06);
  const auto delong = roc(in, out).auroc, bootstrap = percentile_interval(auroc(counts), replicates);
  EXPECT_NEAR(delong.low, bootstrap.low, 0.005);
  EXPECT_NEAR(delong.high, bootstrap.high, 0.005);
}

TEST(Roc, SameScoresGiveTheSameIntervals) {
  const auto in = normals(80, 0, "in"), out = normals(90, 1, "out");
  const auto a = roc(in, out), b = roc(in, out);
  EXPECT_EQ(a.average_precision.low, b.average_precision.low);
  EXPECT_EQ(a.fpr_at_95_tpr_in.high, b.fpr_at_95_tpr_in.high);
  EXPECT_EQ(a.n_in, 80);
  EXPECT_EQ(a.n_out, 90);
}

TEST(Roc, IntervalsDoNotCollapseWhenTheSetsAreApart) {
  for (const std::size_t n : {1, 2, 20, 1000}) {
    const auto result = roc(std::vector<double>(n, 0.0), normals(n, 100, "out"));
    const double low = wilson(1, static_cast<double>(n)).low;
    EXPECT_EQ(result.auroc.value, 1);
    EXPECT_EQ(result.auroc.high, 1);
    EXPECT_DOUBLE_EQ(result.auroc.low, low);
    EXPECT_DOUBLE_EQ(result.average_precision.low, low);
    EXPECT_EQ(result.fpr_at_95_tpr_out.value, 0);
    EXPECT_NEAR(result.fpr_at_95_tpr_out.high, 1 - low, 1e-12);
    EXPECT_NEAR(result.fpr_at_95_tpr_in.high, 1 - low, 1e-12);
  }
  EXPECT_LT(roc(std::vector<double>(20, 0.0), std::vector<double>(20, 1.0)).auroc.low, 0.85);
}

TEST(Roc, EdgesAreSane) {
  const std::vector<std::vector<double>> sets = {
      {0}, {1}, {0, 0, 0}, {0, 1}, {-1e5, 1e5, 0}, normals(30, 0, "in")};
  for (const auto& in : sets) {
    for (const auto& out : sets) {
      const auto result = roc(in, out);
      expect_sane(result.auroc);
      expect_sane(result.average_precision);
      expect_sane(result.fpr_at_95_tpr_out);
      expect_sane(result.fpr_at_95_tpr_in);
      EXPECT_GT(result.auroc.half_width95(), 0);
    }
  }
}

double area(const std::vector<RocPoint>& curve) {
  double sum = 0;
  for (std::size_t i = 1; i < curve.size(); ++i)
    sum += (curve[i].fpr - curve[i - 1].fpr) * (curve[i].tpr + curve[i - 1].tpr) / 2;
  return sum;
}

TEST(Roc, CurveHasTheAreaAndOnlyCorners) {
  for (const bool ties : {false, true}) {
    auto in = normals(3000, 0, "in"), out = normals(2000, 1, "out");
    if (ties) in = rounded(in), out = rounded(out);
    const auto result = roc(in, out);
    EXPECT_NEAR(area(result.curve), result.auroc.value, 1e-12);
    const auto few = decimate(result.curve, 100);
    EXPECT_LE(few.size(), 100u);
    EXPECT_NEAR(area(few), result.auroc.value, 0.01);
    EXPECT_EQ(few.front().fpr + few.front().tpr, 0);
    EXPECT_EQ(few.back().fpr + few.back().tpr, 2);
    EXPECT_GE(few.size(), std::min<std::size_t>(result.curve.size(), 90));
  }
  const auto apart = roc(normals(50, 0, "in"), normals(50, 100, "out")).curve;
  ASSERT_EQ(apart.size(), 3u);
  EXPECT_EQ(apart[1].fpr, 0);
  EXPECT_EQ(apart[1].tpr, 1);
  expect_says([&] { decimate(apart, 1); }, "a limit of at least 2 points, got 1");
}

}  // namespace
}  // namespace pushforward::metrics
