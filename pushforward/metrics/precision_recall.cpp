#include "pushforward/metrics/precision_recall.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/metrics/features.h"
#include "pushforward/metrics/nearest_neighbours.h"
#include "pushforward/metrics/summary.h"

namespace pushforward::metrics {
namespace {

/// For each of a set, how many of another it is matched with and, if it is one, which.
class Matches {
 public:
  explicit Matches(std::int64_t size)
      : counts_(static_cast<std::size_t>(size)), partners_(static_cast<std::size_t>(size)) {}

  void add(std::int64_t one, std::int64_t partner) {
    const auto index = static_cast<std::size_t>(one);
    std::atomic_ref(counts_[index]).fetch_add(1, std::memory_order_relaxed);
    std::atomic_ref(partners_[index]).fetch_add(partner, std::memory_order_relaxed);
  }

  /// How many of each of the `others` are the only match of one here.
  std::vector<double> depending_on(std::int64_t others) const {
    std::vector<double> alone(static_cast<std::size_t>(others));
    for (std::size_t i = 0; i < counts_.size(); ++i)
      if (counts_[i] == 1) ++alone[static_cast<std::size_t>(partners_[i])];
    return alone;
  }
  std::vector<double> counts() const { return {counts_.begin(), counts_.end()}; }

 private:
  std::vector<std::int64_t> counts_, partners_;  ///< Sums of partners: whole numbers, in any order the same.
};

/// n times the variance of the sum: Σ (x − mean)² n / (n − 1), what a jackknife over independent effects
/// gives.
double variance_of_sum(const std::vector<double>& effects) {
  const double sd = sd_of(effects);
  return sd * sd * static_cast<double>(effects.size());
}

/// The share of a set that has any match.
Interval share(const Matches& matches, std::int64_t others) {
  const auto counts = matches.counts();
  const auto n = static_cast<double>(counts.size());
  const auto hits = n - static_cast<double>(std::count(counts.begin(), counts.end(), 0.0));
  const double value = hits / n, own = value * (1 - value) / n;
  if (own == 0) return wilson(value, n);
  const double of_others = variance_of_sum(matches.depending_on(others)) / (n * n);
  return wilson(value, value * (1 - value) / (own + of_others));
}

Interval mean_matches(const Matches& matches, const Matches& backwards, std::int64_t k) {
  const auto counts = matches.counts();
  const double scale = static_cast<double>(k) * static_cast<double>(counts.size());
  const double value = mean_of(counts) / static_cast<double>(k);
  const double half = z95 * std::sqrt(variance_of_sum(counts) + variance_of_sum(backwards.counts())) / scale;
  return {value, std::max(0.0, value - half), value + half};
}

}  // namespace

Prdc prdc(const at::Tensor& real, const at::Tensor& fake, std::int64_t k) {
  PF_CHECK(k >= 1, "[prdc] expected k of at least 1, got {}", k);
  expect_pair("prdc", real, fake, k + 1);
  const auto [reals, fakes] = clouds(real, fake);
  const auto n = reals.size(), m = fakes.size();
  const auto real_reach = neighbour_squares(reals, k), fake_reach = neighbour_squares(fakes, k);
  Matches real_balls(n), around_fakes(m), around_reals(n);
  for_each_point(reals, fakes, [&, &reals = reals, &fakes = fakes](std::int64_t i, const DistanceRow& row) {
    const double reach = real_reach[static_cast<std::size_t>(i)];
    for (std::int64_t j = 0; j < m; ++j) {
      const double other = fake_reach[static_cast<std::size_t>(j)], error = row.error(j);
      double square = row.square(j);
      if (square - error > std::max(reach, other)) continue;
      if (std::abs(square - reach) <= error || std::abs(square - other) <= error)
        square = square_distance(reals, i, fakes, j);
      if (square <= reach) {
        real_balls.add(i, j);
        around_fakes.add(j, i);
      }
      if (square <= other) around_reals.add(i, j);
    }
  });
  return {.precision = share(around_fakes, n),
          .recall = share(around_reals, m),
          .density = mean_matches(around_fakes, real_balls, k),
          .coverage = share(real_balls, m)};
}

}  // namespace pushforward::metrics
