#include "pushforward/metrics/diversity.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pushforward/core/error.h"
#include "pushforward/metrics/content_order.h"
#include "pushforward/metrics/nearest_neighbours.h"

namespace pushforward::metrics {
namespace {

constexpr std::int64_t most_neighbours = 500;

/// float64 [N, D]
at::Tensor flat(const at::Tensor& samples) {
  PF_CHECK(samples.dim() >= 2, "[diversity] expected samples [N, …], got {} dimensions", samples.dim());
  const auto rows = samples.detach().to(at::kDouble).flatten(1);
  const auto finite = at::isfinite(rows).all(1);
  if (!finite.all().item<bool>())
    throw fail("[diversity] sample {} of {} is not finite",
               finite.logical_not().to(at::kLong).argmax().item<std::int64_t>(), rows.size(0));
  return rows;
}

double spread_of(const at::Tensor& samples) {
  SpreadStatistics statistics;
  statistics.add(samples);
  return statistics.distance();
}

/// The median over samples of the distance to the nearest other.
double median_nearest(const at::Tensor& samples) {
  return nearest_neighbours(samples, samples, 1, /*exclude_self=*/true).distances.median().item<double>();
}

double ratio(double sample, double real) {
  return real > 0 ? sample / real : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

void SpreadStatistics::add(const at::Tensor& samples) {
  const auto rows = flat(samples);
  if (rows.size(0) == 0) return;
  SpreadStatistics batch;
  batch.count_ = rows.size(0);
  batch.mean_ = rows.mean(0);
  batch.squares_ = (rows - batch.mean_).square().sum().item<double>();
  merge(batch);
}

void SpreadStatistics::merge(const SpreadStatistics& other) {
  if (other.count_ == 0) return;
  if (count_ == 0) {
    *this = other;
    return;
  }
  PF_CHECK(mean_.size(0) == other.mean_.size(0), "[diversity] expected samples of {} values, got {}",
           mean_.size(0), other.mean_.size(0));
  const auto shift = other.mean_ - mean_;
  const double share = static_cast<double>(other.count_) / static_cast<double>(count_ + other.count_);
  squares_ += other.squares_ + static_cast<double>(count_) * share * shift.square().sum().item<double>();
  mean_ = mean_ + share * shift;
  count_ += other.count_;
}

double SpreadStatistics::distance() const {
  PF_CHECK(count_ >= 2, "[diversity] expected at least 2 samples, got {}", count_);
  return std::sqrt(2 * squares_ / static_cast<double>(count_ - 1));
}

Diversity diversity(const at::Tensor& samples, const at::Tensor& real) {
  const auto ours = flat(samples), theirs = flat(real);
  PF_CHECK(ours.size(1) == theirs.size(1), "[diversity] expected samples of {} values like real ones, got {}",
           theirs.size(1), ours.size(1));
  Diversity result{.spread = ratio(spread_of(ours), spread_of(theirs))};
  const std::int64_t n = std::min({ours.size(0), theirs.size(0), most_neighbours});
  const auto some = [n](const at::Tensor& rows) {
    return in_content_order(rows, 0, "diversity").narrow(0, 0, n);
  };
  result.nearest = ratio(median_nearest(some(ours)), median_nearest(some(theirs)));
  return result;
}

}  // namespace pushforward::metrics
