#include "pushforward/metrics/rank_correlation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "pushforward/core/error.h"

namespace pushforward::metrics {
namespace {

/// From 1, less their mean.
std::vector<double> centred_ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first + 1;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    const double shared = static_cast<double>(first + 1 + end) / 2;
    for (; first < end; ++first) ranks[order[first]] = shared - static_cast<double>(values.size() + 1) / 2;
  }
  return ranks;
}

double product(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

Interval rank_correlation(std::span<const double> x, std::span<const double> y) {
  PF_CHECK(x.size() == y.size() && x.size() >= 4,
           "[rank_correlation] expected four pairs, got {} and {} numbers", x.size(), y.size());
  for (const auto& values : {x, y})
    PF_CHECK(std::ranges::none_of(values, [](double v) { return std::isnan(v); }),
             "[rank_correlation] expected numbers, got NaN");
  const auto a = centred_ranks(x), b = centred_ranks(y);
  const double rho = std::clamp(product(a, b) / std::sqrt(product(a, a) * product(b, b)), -1.0, 1.0);
  const double half = z95 * std::sqrt((1 + rho * rho / 2) / (static_cast<double>(x.size()) - 3)),
               z = std::atanh(rho);
  return {rho, std::tanh(z - half), std::tanh(z + half)};
}

}  // namespace pushforward::metrics
