#include "pushforward/metrics/fid_infinity.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/random.h"
#include "pushforward/metrics/content_order.h"
#include "pushforward/metrics/features.h"
#include "pushforward/metrics/frechet_influence.h"

namespace pushforward::metrics {
namespace {

constexpr std::int64_t rows_at_once = 16'384;  // of a subset, copied

/// Random subsets of one set, and how much each sample weighs in them.
class Subsets {
 public:
  Subsets(const at::Tensor& features, std::string_view purpose, std::uint64_t seed)
      : features_(features),
        order_(content_order(features, 0, purpose)),
        purpose_(purpose),
        seed_(seed),
        weights_(at::zeros({features.size(0)}, at::kDouble)) {}

  /// Subset number `index`, whose mean weighs `weight`.
  GaussianStatistics draw(std::int64_t size, std::uint64_t index, double weight = 0) {
    auto order = permutation(features_.size(0), stream(seed_, purpose_, index));
    order.resize(static_cast<std::size_t>(size));
    std::sort(order.begin(), order.end());
    const auto rows = order_.index_select(0, at::tensor(order, at::kLong));
    weights_.index_add_(0, rows, at::full({size}, weight / static_cast<double>(size), at::kDouble));
    GaussianStatistics statistics(features_.size(1));
    for (const auto& some : rows.split(std::max(rows_at_once, 4 * features_.size(1))))
      statistics.add(features_.index_select(0, some));
    return statistics;
  }
  /// The variance of Σ weight · effect of independent samples with these effects [N].
  double variance(const at::Tensor& effects) const {
    return (effects.var(true) * weights_.square().sum()).item<double>();
  }

 private:
  at::Tensor features_, order_;  ///< [N, D], int64 [N]
  std::string_view purpose_;
  std::uint64_t seed_;
  at::Tensor weights_;  ///< float64 [N]
};

std::vector<std::int64_t> sizes_up_to(std::int64_t most, const FidInfinityOptions& options) {
  PF_CHECK(options.points >= 3, "[fid_infinity] expected at least 3 points for a line, got {}",
           options.points);
  PF_CHECK(options.smallest > 0 && options.smallest < 1,
           "[fid_infinity] expected the smallest subset as a share between 0 and 1, got {}",
           options.smallest);
  const double least = std::max(2.0, options.smallest * static_cast<double>(most));
  const double step = (static_cast<double>(most) - least) / (options.points - 1);
  PF_CHECK(step >= 1, "[fid_infinity] expected enough samples for {} subsets of other sizes, got {}",
           options.points, most);
  std::vector<std::int64_t> sizes;
  for (int i = 0; i < options.points; ++i) sizes.push_back(std::llround(least + i * step));
  return sizes;
}

/// Least squares over 1 / size: what each point weighs in the intercept and in the slope.
struct PointWeights {
  std::vector<double> intercept, slope;

  explicit PointWeights(std::span<const std::int64_t> sizes) {
    const auto n = static_cast<double>(sizes.size());
    double mean = 0, spread = 0;
    for (const auto size : sizes) mean += 1 / (n * static_cast<double>(size));
    for (const auto size : sizes) spread += std::pow(1 / static_cast<double>(size) - mean, 2);
    for (const auto size : sizes) {
      slope.push_back((1 / static_cast<double>(size) - mean) / spread);
      intercept.push_back(1 / n - mean * slope.back());
    }
  }
};

/// FID of point `index` of `size` samples, which weighs `weight` in the intercept.
using FidOf = std::function<double(std::int64_t size, std::uint64_t index, double weight)>;

FidInfinity extrapolate(const std::vector<std::int64_t>& sizes, const FidOf& fid_of) {
  const PointWeights weights(sizes);
  FidInfinity result;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    stop_if_interrupted("measuring FID");
    const double fid = fid_of(sizes[i], i, weights.intercept[i]);
    result.points.push_back({sizes[i], fid});
    result.value.value += weights.intercept[i] * fid;
    result.slope += weights.slope[i] * fid;
  }
  return result;
}

void widen(Interval& interval, double variance) {
  const double half = z95 * std::sqrt(variance);
  interval.low = interval.value - half;
  interval.high = interval.value + half;
}

}  // namespace

std::vector<FidPoint> fid_curve(const at::Tensor& real, const at::Tensor& fake,
                                std::span<const std::int64_t> sizes, std::uint64_t seed) {
  expect_pair("fid_curve", real, fake);
  Subsets reals(real, "fid-real", seed), fakes(fake, "fid-fake", seed);
  const auto most = std::min(real.size(0), fake.size(0));
  std::vector<FidPoint> points;
  for (const auto size : sizes) {
    stop_if_interrupted("measuring FID");
    PF_CHECK(size >= 2 && size <= most, "[fid_curve] expected sizes from 2 to {}, got {}", most, size);
    const auto index = static_cast<std::uint64_t>(size);
    points.push_back({size, frechet_distance(reals.draw(size, index), fakes.draw(size, index))});
  }
  return points;
}

std::vector<std::int64_t> curve_sizes(std::int64_t most) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t size = 16; size < most; size *= 2) sizes.push_back(size);
  sizes.push_back(most);
  return sizes;
}

FidInfinity fid_infinity(const at::Tensor& real, const at::Tensor& fake, const FidInfinityOptions& options) {
  expect_pair("fid_infinity", real, fake);
  Subsets reals(real, "fid-infinity-real", options.seed), fakes(fake, "fid-infinity-fake", options.seed);
  auto result =
      extrapolate(sizes_up_to(std::min(real.size(0), fake.size(0)), options),
                  [&](std::int64_t size, std::uint64_t index, double weight) {
                    return frechet_distance(reals.draw(size, index, weight), fakes.draw(size, index, weight));
                  });
  const FrechetInfluence influence(GaussianStatistics::of(real), GaussianStatistics::of(fake));
  widen(result.value, reals.variance(influence.of_a(real)) + fakes.variance(influence.of_b(fake)));
  return result;
}

FidInfinity fid_infinity(const GaussianStatistics& real, const at::Tensor& fake,
                         const FidInfinityOptions& options) {
  expect_features("fid_infinity", "fake", fake);
  Subsets fakes(fake, "fid-infinity-fake", options.seed);
  auto result = extrapolate(sizes_up_to(fake.size(0), options),
                            [&](std::int64_t size, std::uint64_t index, double weight) {
                              return frechet_distance(real, fakes.draw(size, index, weight));
                            });
  const FrechetInfluence influence(real, GaussianStatistics::of(fake));
  widen(result.value, fakes.variance(influence.of_b(fake)));
  return result;
}

}  // namespace pushforward::metrics
