// The statistics against their definitions, computed the slow way.
#include "pushforward/metrics/ranking.h"

#include "tests/expect.h"
#include "tests/metrics/samples.h"

#include <limits>
#include <set>

namespace pushforward::metrics {
namespace {

using Scores = std::vector<double>;

double wins(double out, double in) {
  return out > in ? 1 : out == in ? 0.5 : 0;
}

double share_at_or_above(const Scores& scores, double threshold) {
  double count = 0;
  for (const double score : scores) count += score >= threshold;
  return count / static_cast<double>(scores.size());
}

double slow_auroc(const Scores& in, const Scores& out) {
  double sum = 0;
  for (const double o : out)
    for (const double i : in) sum += wins(o, i);
  return sum / static_cast<double>(in.size() * out.size());
}

/// DeLong's components V10 and V01 by their definition.
double slow_auroc_variance(const Scores& in, const Scores& out) {
  const double mean = slow_auroc(in, out), m = static_cast<double>(in.size()),
               n = static_cast<double>(out.size());
  double s10 = 0, s01 = 0;
  for (const double o : out) {
    double v = 0;
    for (const double i : in) v += wins(o, i) / m;
    s10 += (v - mean) * (v - mean) / (n - 1);
  }
  for (const double i : in) {
    double v = 0;
    for (const double o : out) v += wins(o, i) / n;
    s01 += (v - mean) * (v - mean) / (m - 1);
  }
  return s10 / n + s01 / m;
}

double slow_average_precision(const Scores& in, const Scores& out) {
  std::set<double, std::greater<>> thresholds(out.begin(), out.end());
  thresholds.insert(in.begin(), in.end());
  double sum = 0, recall_before = 0;
  for (const double threshold : thresholds) {
    const double recall = share_at_or_above(out, threshold);
    const double caught = recall * static_cast<double>(out.size());
    const double flagged = caught + share_at_or_above(in, threshold) * static_cast<double>(in.size());
    sum += (recall - recall_before) * caught / flagged;
    recall_before = recall;
  }
  return sum;
}

double slow_fpr_at_95_tpr_out(const Scores& in, const Scores& out) {
  double best = 1;
  for (const double threshold : out)
    if (share_at_or_above(out, threshold) >= 0.95 - 1e-12)
      best = std::min(best, share_at_or_above(in, threshold));
  return best;
}

TEST(Ranking, AgreesWithDefinitions) {
  const std::pair<std::size_t, std::size_t> sizes[] = {{1, 1}, {1, 7}, {20, 20}, {40, 33}, {100, 300}};
  for (const auto& [n_in, n_out] : sizes) {
    for (const double shift : {-0.5, 0.0, 1.0, 3.0, 30.0}) {
      for (const bool ties : {false, true}) {
        auto in = normals(n_in, 0, "in"), out = normals(n_out, shift, "out");
        if (ties) in = rounded(in), out = rounded(out);
        const auto counts = rank(in, out).counts;
        SCOPED_TRACE(testing::Message() << n_in << "+" << n_out << " shift " << shift << " ties " << ties);
        EXPECT_NEAR(auroc(counts), slow_auroc(in, out), 1e-12);
        EXPECT_NEAR(average_precision(counts), slow_average_precision(in, out), 1e-12);
        EXPECT_NEAR(fpr_at_95_tpr_out(counts), slow_fpr_at_95_tpr_out(in, out), 1e-12);
        EXPECT_NEAR(fpr_at_95_tpr_in(counts), slow_fpr_at_95_tpr_out(negated(out), negated(in)), 1e-12);
        if (n_in > 1 && n_out > 1) {
          EXPECT_NEAR(auroc_variance(counts), slow_auroc_variance(in, out), 1e-12);
        } else {
          EXPECT_TRUE(std::isnan(auroc_variance(counts)));
        }
      }
    }
  }
}

TEST(Ranking, HandCases) {
  const auto ap = [](const Scores& in, const Scores& out) { return average_precision(rank(in, out).counts); };
  EXPECT_DOUBLE_EQ(ap({2, 0}, {3, 1}), 0.5 * 1 + 0.5 * 2 / 3);
  EXPECT_DOUBLE_EQ(ap({2, 0}, {2, 1}), 0.5 * 1 / 2 + 0.5 * 2 / 3);
  EXPECT_DOUBLE_EQ(ap({1, 1, 1}, {1}), 0.25);

  // Twenty of each: 95 % is nineteen.
  Scores in(20, 0.0), out(20, 1.0);
  out[0] = 0;
  EXPECT_EQ(fpr_at_95_tpr_out(rank(in, out).counts), 0);
  out[1] = 0;  // eighteen are above: the tie at 0 must be flagged whole
  EXPECT_EQ(fpr_at_95_tpr_out(rank(in, out).counts), 1);
  in[0] = 2;
  EXPECT_EQ(fpr_at_95_tpr_in(rank(in, out).counts), 2.0 / 20);
  in[1] = 2;
  EXPECT_EQ(fpr_at_95_tpr_in(rank(in, out).counts), 1);
}

TEST(Ranking, ApartEqualAndReversed) {
  const Scores low = {1, 2, 3}, high = {4, 5};
  const auto apart = rank(low, high).counts, wrong = rank(high, low).counts;
  EXPECT_EQ(auroc(apart), 1);
  EXPECT_EQ(auroc(wrong), 0);
  EXPECT_EQ(average_precision(apart), 1);
  EXPECT_EQ(fpr_at_95_tpr_out(apart), 0);
  EXPECT_EQ(fpr_at_95_tpr_in(apart), 0);
  EXPECT_EQ(fpr_at_95_tpr_out(wrong), 1);

  const auto equal = rank(Scores(30, 7.0), Scores(10, 7.0)).counts;
  EXPECT_EQ(auroc(equal), 0.5);
  EXPECT_EQ(average_precision(equal), 0.25);
  EXPECT_EQ(fpr_at_95_tpr_out(equal), 1);
  EXPECT_EQ(fpr_at_95_tpr_in(equal), 1);

  const auto in = rounded(normals(50, 0, "in")), out = rounded(normals(70, 1, "out"));
  EXPECT_DOUBLE_EQ(auroc(rank(in, out).counts) + auroc(rank(out, in).counts), 1);
  EXPECT_EQ(auroc(rank(in, out).counts), auroc(rank(negated(out), negated(in)).counts));
}

TEST(Ranking, HugeAndInfiniteScoresAreOnlyRanks) {
  // Neighbours near 1e5 differ in the last bit; ±∞ tie with themselves.
  const double near = std::nextafter(1e5, infinity);
  EXPECT_EQ(auroc(rank(Scores{1e5}, Scores{near}).counts), 1);
  EXPECT_EQ(auroc(rank(Scores{-1e5}, Scores{-near}).counts), 0);
  EXPECT_EQ(auroc(rank(Scores{-infinity, 0, infinity}, Scores{infinity}).counts), 2.5 / 3);
  EXPECT_EQ(auroc(rank(Scores{0.0}, Scores{-0.0}).counts), 0.5);

  const auto in = rounded(normals(60, 0, "in")), out = rounded(normals(60, 1, "out"));
  const auto stretch = [](Scores scores) {
    for (auto& score : scores) score = score >= 3 ? infinity : score <= -3 ? -infinity : score * 1e5;
    return scores;
  };
  const auto clipped = [](Scores scores) {
    for (auto& score : scores) score = std::clamp(score, -3.0, 3.0);
    return scores;
  };
  EXPECT_EQ(auroc(rank(stretch(in), stretch(out)).counts), auroc(rank(clipped(in), clipped(out)).counts));
}

TEST(Ranking, RefusesNanAndNothing) {
  const auto says = [](const Scores& in, const Scores& out, const std::string& part) {
    expect_says([&] { rank(in, out); }, part);
  };
  says({1}, {1, 2, std::nan("")}, "score 2 of the out-of-distribution set is NaN");
  says({std::nan("")}, {1}, "score 0 of the in-distribution set is NaN");
  says({}, {1}, "scores of the in-distribution set, got none");
  says({1}, {}, "scores of the out-of-distribution set, got none");
}

}  // namespace
}  // namespace pushforward::metrics
