#include "pushforward/metrics/fid.h"

#include <algorithm>
#include <cmath>

#include "pushforward/metrics/features.h"
#include "pushforward/metrics/frechet_influence.h"

namespace pushforward::metrics {
namespace {

/// The variance of the mean of independent effects [N].
double variance_of_mean(const at::Tensor& effects) {
  return effects.var(true).item<double>() / static_cast<double>(effects.size(0));
}

Interval around(double value, double variance) {
  const double half = z95 * std::sqrt(variance);
  return {value, std::max(0.0, value - half), value + half};
}

}  // namespace

Interval fid(const at::Tensor& real, const at::Tensor& fake) {
  expect_pair("fid", real, fake);
  const FrechetInfluence influence(GaussianStatistics::of(real), GaussianStatistics::of(fake));
  return around(influence.distance(),
                variance_of_mean(influence.of_a(real)) + variance_of_mean(influence.of_b(fake)));
}

Interval fid(const GaussianStatistics& real, const at::Tensor& fake) {
  expect_features("fid", "fake", fake);
  const FrechetInfluence influence(real, GaussianStatistics::of(fake));
  return around(influence.distance(), variance_of_mean(influence.of_b(fake)));
}

}  // namespace pushforward::metrics
