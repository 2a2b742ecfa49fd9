#include "pushforward/metrics/ranking.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "pushforward/core/error.h"

namespace pushforward::metrics {
namespace {

double total(const std::vector<std::uint32_t>& counts) {
  return static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
}

void check_scores(std::span<const double> scores, const char* set) {
  PF_CHECK(!scores.empty(), "[roc] expected scores of the {} set, got none", set);
  const auto nan = std::find_if(scores.begin(), scores.end(), [](double score) { return std::isnan(score); });
  if (nan != scores.end())
    throw fail("[roc] score {} of the {} set is NaN; look at that image and at the model's output for it",
               nan - scores.begin(), set);
}

/// Walks until 95 % of `caught` have been seen; the share of `flagged` seen by then. Counts are exact.
template <typename Iterator>
double share_at_95(Iterator caught, Iterator caught_end, Iterator flagged, double n_caught,
                   double n_flagged) {
  double seen_caught = 0, seen_flagged = 0;
  for (; caught != caught_end && 20 * seen_caught < 19 * n_caught; ++caught, ++flagged) {
    seen_caught += *caught;
    seen_flagged += *flagged;
  }
  return seen_flagged / n_flagged;
}

}  // namespace

Ranking rank(std::span<const double> in, std::span<const double> out) {
  check_scores(in, "in-distribution");
  check_scores(out, "out-of-distribution");
  const std::size_t n = in.size() + out.size();
  const auto score = [&](std::uint32_t i) { return i < in.size() ? in[i] : out[i - in.size()]; };
  std::vector<std::uint32_t> order(n), place(n);
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return score(a) > score(b); });

  Ranking ranking;
  auto& [counts_in, counts_out] = ranking.counts;
  for (std::size_t k = 0; k < n; ++k) {
    if (k == 0 || score(order[k]) != score(order[k - 1])) {
      counts_in.push_back(0);
      counts_out.push_back(0);
    }
    ++(order[k] < in.size() ? counts_in : counts_out).back();
    place[order[k]] = static_cast<std::uint32_t>(counts_in.size() - 1);
  }
  const auto boundary = place.begin() + static_cast<std::ptrdiff_t>(in.size());
  ranking.place_in.assign(place.begin(), boundary);
  ranking.place_out.assign(boundary, place.end());
  return ranking;
}

double auroc(const Counts& counts) {
  double wins = 0;  // doubled, so that every term is a whole number
  double above = 0;
  for (std::size_t k = 0; k < counts.in.size(); ++k) {
    wins += counts.in[k] * (2 * above + counts.out[k]);
    above += counts.out[k];
  }
  return wins / (2 * above * total(counts.in));
}

double auroc_variance(const Counts& counts) {
  const double n_in = total(counts.in), n_out = total(counts.out), mean = auroc(counts);
  double squares_in = 0, squares_out = 0, out_above = 0, in_below = n_in;
  for (std::size_t k = 0; k < counts.in.size(); ++k) {
    in_below -= counts.in[k];
    const double placement_out = (in_below + 0.5 * counts.in[k]) / n_in;
    const double placement_in = (out_above + 0.5 * counts.out[k]) / n_out;
    squares_out += counts.out[k] * (placement_out - mean) * (placement_out - mean);
    squares_in += counts.in[k] * (placement_in - mean) * (placement_in - mean);
    out_above += counts.out[k];
  }
  return squares_out / (n_out - 1) / n_out + squares_in / (n_in - 1) / n_in;
}

double average_precision(const Counts& counts) {
  double sum = 0, seen_in = 0, seen_out = 0;
  for (std::size_t k = 0; k < counts.in.size(); ++k) {
    seen_in += counts.in[k];
    seen_out += counts.out[k];
    if (counts.out[k] > 0) sum += counts.out[k] * (seen_out / (seen_in + seen_out));
  }
  return sum / seen_out;
}

double fpr_at_95_tpr_out(const Counts& counts) {
  return share_at_95(counts.out.begin(), counts.out.end(), counts.in.begin(), total(counts.out),
                     total(counts.in));
}

double fpr_at_95_tpr_in(const Counts& counts) {
  return share_at_95(counts.in.rbegin(), counts.in.rend(), counts.out.rbegin(), total(counts.in),
                     total(counts.out));
}

}  // namespace pushforward::metrics
