#include "pushforward/report/histogram.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

#include "pushforward/core/error.h"

namespace pushforward::report {
namespace {

constexpr double tail_share = 0.005, whisker = 4;

struct Spread {
  double low, median, high;
  double width() const { return high - low; }
};

// Order statistics of the finite values, by nearest rank.
std::optional<Spread> spread(const std::vector<double>& values) {
  std::vector<double> finite;
  std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
               [](double v) { return std::isfinite(v); });
  if (finite.empty()) return std::nullopt;
  std::sort(finite.begin(), finite.end());
  const auto at = [&](double q) {
    return finite[static_cast<std::size_t>(std::lround(q * static_cast<double>(finite.size() - 1)))];
  };
  // The outermost values no farther than half the width from the quantiles: ordinary tails stay whole.
  const double low = at(tail_share), high = at(1 - tail_share), slack = 0.5 * (high - low);
  return Spread{*std::lower_bound(finite.begin(), finite.end(), low - slack), at(0.5),
                *std::prev(std::upper_bound(finite.begin(), finite.end(), high + slack))};
}

}  // namespace

Interval robust_range(std::span<const std::vector<double>> samples) {
  std::vector<Spread> spreads;
  for (const auto& values : samples)
    if (const auto found = spread(values)) spreads.push_back(*found);
  if (spreads.empty()) return {0, 1};

  double reference = spreads.front().width();
  for (const Spread& other : spreads)
    if (reference == 0) reference = other.width();
  const double reach = whisker * reference;
  const Interval limit = reach > 0 ? Interval{spreads.front().low - reach, spreads.front().high + reach}
                                   : Interval{-INFINITY, INFINITY};
  Interval range{spreads.front().low, spreads.front().high};
  for (const Spread& other : spreads) {
    if (other.median < limit.low || other.median > limit.high) continue;
    range.low = std::min(range.low, std::max(other.low, limit.low));
    range.high = std::max(range.high, std::min(other.high, limit.high));
  }
  if (range.low == range.high) {
    const double margin = std::max(0.5, 0.05 * std::abs(range.low));
    return {range.low - margin, range.high + margin};
  }
  return range;
}

Binned bin(std::span<const double> values, Interval range, int bins) {
  PF_CHECK(bins >= 1, "[histogram] expected at least one bin, got {}", bins);
  PF_CHECK(range.low < range.high, "[histogram] expected low < high, got [{}, {}]", range.low, range.high);
  Binned out;
  std::vector<std::size_t> counts(static_cast<std::size_t>(bins));
  std::size_t below = 0, above = 0;
  const double width = (range.high - range.low) / bins;
  for (const double value : values) {
    if (std::isnan(value)) {
      ++out.nans;
    } else if (value < range.low) {
      ++below;
    } else if (value > range.high) {
      ++above;
    } else {
      ++counts[std::min(counts.size() - 1, static_cast<std::size_t>((value - range.low) / width))];
    }
  }
  const auto total = static_cast<double>(std::max<std::size_t>(1, values.size() - out.nans));
  out.below = static_cast<double>(below) / total;
  out.above = static_cast<double>(above) / total;
  for (const std::size_t count : counts) out.density.push_back(static_cast<double>(count) / total / width);
  return out;
}

}  // namespace pushforward::report
