#include "pushforward/ood/calibration.h"

#include <algorithm>
#include <cmath>

#include "pushforward/core/error.h"

namespace pushforward::ood {
namespace {

/// P(Binomial(n, x) ≥ k), which is P(Beta(k, n + 1 − k) ≤ x).
double at_least(double k, double n, double x) {
  double fewer = 0;
  for (double i = 0; i < k; ++i)
    fewer += std::exp(std::lgamma(n + 1) - std::lgamma(i + 1) - std::lgamma(n - i + 1) + i * std::log(x) +
                      (n - i) * std::log1p(-x));
  return 1 - fewer;
}

/// The `share` quantile of Beta(k, n + 1 − k), k ≥ 1, by bisection.
double beta_quantile(double share, double k, double n) {
  double low = 0, high = 1;
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    (at_least(k, n, middle) < share ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

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
  return {flagged_ / (count + 1), beta_quantile(0.025, flagged_, count),
          beta_quantile(0.975, flagged_, count)};
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
