#include "pushforward/metrics/coverage.h"

#include <cmath>
#include <numeric>

#include "pushforward/core/error.h"

namespace pushforward::metrics {

CoverageStatistics::CoverageStatistics(at::Tensor centres, double sigma)
    : centres_(centres.to(at::kDouble).contiguous()), sigma_(sigma) {
  PF_CHECK(centres_.dim() == 2 && centres_.numel() > 0, "[coverage] expected centres [K, D], got [{}]",
           fmt::join(centres_.sizes(), ", "));
  PF_CHECK(at::isfinite(centres_).all().item<bool>(), "[coverage] a centre is not finite");
  PF_CHECK(sigma > 0 && std::isfinite(sigma), "[coverage] expected a standard deviation above 0, got {}",
           sigma);
  nearest_.resize(static_cast<std::size_t>(centres_.size(0)));
  within_.resize(nearest_.size());
}

void CoverageStatistics::add(const at::Tensor& samples) {
  PF_CHECK(samples.dim() == 2 && samples.size(1) == centres_.size(1),
           "[coverage] expected samples [N, {}], got [{}]", centres_.size(1),
           fmt::join(samples.sizes(), ", "));
  const auto points = samples.detach().to(at::kDouble).contiguous();
  const std::int64_t dims = points.size(1), modes = centres_.size(0);
  const double *centre = centres_.data_ptr<double>(), *point = points.data_ptr<double>();
  for (std::int64_t i = 0; i < points.size(0); ++i, point += dims) {
    double best = INFINITY;
    std::size_t mode = 0;
    for (std::int64_t k = 0; k < modes; ++k) {
      double distance = 0;
      for (std::int64_t d = 0; d < dims; ++d)
        distance += (point[d] - centre[k * dims + d]) * (point[d] - centre[k * dims + d]);
      if (distance < best) {
        best = distance;
        mode = static_cast<std::size_t>(k);
      }
    }
    if (!std::isfinite(best)) throw fail("[coverage] sample {} of {} is not finite", i, points.size(0));
    ++nearest_[mode];
    within_[mode] += best <= 9 * sigma_ * sigma_;
  }
}

void CoverageStatistics::merge(const CoverageStatistics& other) {
  PF_CHECK(at::equal(centres_, other.centres_) && sigma_ == other.sigma_,
           "[coverage] expected statistics of the same modes");
  for (std::size_t k = 0; k < nearest_.size(); ++k) {
    nearest_[k] += other.nearest_[k];
    within_[k] += other.within_[k];
  }
}

Coverage CoverageStatistics::value() const {
  Coverage coverage{.samples = std::accumulate(nearest_.begin(), nearest_.end(), std::int64_t{0}),
                    .modes = centres_.size(0)};
  PF_CHECK(coverage.samples > 0, "[coverage] expected samples, got none");
  for (std::size_t k = 0; k < nearest_.size(); ++k) {
    const double share = static_cast<double>(nearest_[k]) / static_cast<double>(coverage.samples);
    coverage.reached += within_[k] > 0;
    coverage.covered += within_[k] > 0 && within_[k] * 10 * coverage.modes >= coverage.samples;
    coverage.high_quality += static_cast<double>(within_[k]) / static_cast<double>(coverage.samples);
    if (share > 0) coverage.kl += share * std::log(share * static_cast<double>(coverage.modes));
  }
  return coverage;
}

}  // namespace pushforward::metrics
