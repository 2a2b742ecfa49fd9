#include "pushforward/ood/calibration.h"

#include <boost/math/distributions/beta.hpp>

#include <algorithm>
#include <cmath>

#include "pushforward/core/error.h"

namespace pushforward::ood {
Calibration::Calibration(std::span<const double> held_out, double false_positive_rate)
    : sorted_(held_out.begin(), held_out.end()), rate_(false_positive_rate) {
  if (!(rate_ > 0 && rate_ < 1)) throw usage("expected a false-positive rate between 0 and 1, got {}", rate_);
  const auto nan =
      std::find_if(sorted_.begin(), sorted_.end(), [](double score) { return std::isnan(score); });
  if (nan != sorted_.end()) throw fail("[calibrate] held-out score {} is NaN", nan - sorted_.begin());

  // A rate such as 0.29 is a little less in binary; that must not cost a score.
  flagged_ =
      std::min(std::floor(static_cast<double>(n() + 1) * rate_ * (1 + 1e-12)), static_cast<double>(n()));
  if (flagged_ < 1)
    throw fail(
        "[calibrate] a false-positive rate of {} needs at least {} held-out images, got {}; use more images "
        "or a higher rate",
        rate_, std::ceil(1 / rate_ * (1 - 1e-12)) - 1, n());
  std::sort(sorted_.begin(), sorted_.end());
  threshold_ = sorted_[sorted_.size() - static_cast<std::size_t>(flagged_)];
}

metrics::Interval Calibration::rate_interval() const {
  const auto count = static_cast<double>(n());
  const boost::math::beta_distribution<double> rate(flagged_, count + 1 - flagged_);
  return {mean(rate), quantile(rate, 0.025), quantile(rate, 0.975)};
}

bool Calibration::is_out(double score) const {
  PF_CHECK(!std::isnan(score), "[detect] expected a score, got NaN");
  return score > threshold_;
}

double Calibration::p_value(double score) const {
  PF_CHECK(!std::isnan(score), "[detect] expected a score, got NaN");
  const auto at_least = sorted_.end() - std::lower_bound(sorted_.begin(), sorted_.end(), score);
  return static_cast<double>(1 + at_least) / static_cast<double>(n() + 1);
}

metrics::Interval Calibration::realised_rate(std::span<const double> fresh) const {
  PF_CHECK(!fresh.empty(), "[calibrate] expected fresh scores, got none");
  const auto flagged = std::count_if(fresh.begin(), fresh.end(), [&](double score) { return is_out(score); });
  const auto count = static_cast<double>(fresh.size());
  return metrics::wilson(static_cast<double>(flagged) / count, count);
}

}  // namespace pushforward::ood
