#include "pushforward/metrics/gaussian_divergence.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <vector>

#include "pushforward/core/error.h"

namespace pushforward::metrics {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Gaussian {
  at::Tensor mean, covariance;
  bool operator==(const Gaussian& other) const {
    return at::equal(mean, other.mean) && at::equal(covariance, other.covariance);
  }
};

struct GaussianPair {
  Gaussian a, b;
};

GaussianPair expect_alike(const GaussianStatistics& a, const GaussianStatistics& b) {
  PF_CHECK(a.dims() == b.dims(),
           "[gaussian_divergence] expected statistics of as many dimensions, got {} and {}", a.dims(),
           b.dims());
  return {{a.mean(), a.covariance()}, {b.mean(), b.covariance()}};
}

/// L with LLᵀ = covariance, or nothing when that is singular.
std::optional<at::Tensor> factor(const at::Tensor& covariance) {
  const auto [lower, info] = at::linalg_cholesky_ex(covariance);
  if (info.item<int>() != 0) return {};
  const auto pivots = lower.diagonal();
  if (!(pivots.min().item<double>() > 1e-6 * pivots.max().item<double>())) return {};
  return lower;
}

double log_det(const at::Tensor& lower) {
  return 2 * lower.diagonal().log().sum().item<double>();
}

/// ‖L⁻¹ x‖² over all of x [D, k].
double squared_length(const at::Tensor& lower, const at::Tensor& x) {
  return at::linalg_solve_triangular(lower, x, /*upper=*/false).square().sum().item<double>();
}

struct Line {
  double mean = 0, sd = 0;
  double density(double x) const {
    const double z = (x - mean) / sd;
    return std::exp(-0.5 * z * z) / (sd * std::sqrt(2 * std::numbers::pi));
  }
  double below(double x) const { return 0.5 * std::erfc((mean - x) / (sd * std::numbers::sqrt2)); }
};

Line line(const Gaussian& g) {
  PF_CHECK(g.mean.numel() == 1, "[gaussian_divergence] expected one dimension, got {}", g.mean.numel());
  return {g.mean.item<double>(), std::sqrt(g.covariance.item<double>())};
}

/// Where the log densities of two different Gaussians are equal.
std::vector<double> crossings(const Line& p, const Line& q) {
  // ln p(x) − ln q(x) = a x² + b x + c around the mean of p, in units of its sd.
  const double shift = (q.mean - p.mean) / p.sd, ratio = q.sd / p.sd;
  const double a = 0.5 * (1 / (ratio * ratio) - 1), b = -shift / (ratio * ratio);
  const double c = 0.5 * shift * shift / (ratio * ratio) + std::log(ratio);
  const auto place = [&](double z) { return p.mean + p.sd * z; };
  if (std::abs(a) < 1e-14) return {place(-c / b)};
  const double half = 0.5 * (b + std::copysign(std::sqrt(std::max(0.0, b * b - 4 * a * c)), b));
  std::vector<double> roots{place(-half / a)};
  if (half != 0) roots.push_back(place(-c / half));
  std::sort(roots.begin(), roots.end());
  return roots;
}

}  // namespace

double kl_divergence(const GaussianStatistics& a, const GaussianStatistics& b) {
  const auto [p, q] = expect_alike(a, b);
  if (p == q) return 0;
  const auto lower_p = factor(p.covariance), lower_q = factor(q.covariance);
  if (!lower_p || !lower_q) return infinity;
  const double apart = squared_length(*lower_q, (q.mean - p.mean).unsqueeze(1));
  const double value = 0.5 * (squared_length(*lower_q, *lower_p) + apart - static_cast<double>(a.dims()) +
                              log_det(*lower_q) - log_det(*lower_p));
  return std::max(0.0, value);
}

double wasserstein_2(const GaussianStatistics& a, const GaussianStatistics& b) {
  return std::sqrt(frechet_distance(a, b));
}

double bhattacharyya_distance(const GaussianStatistics& a, const GaussianStatistics& b) {
  const auto [p, q] = expect_alike(a, b);
  if (p == q) return 0;
  const auto lower_p = factor(p.covariance), lower_q = factor(q.covariance);
  if (!lower_p || !lower_q) return infinity;
  const auto lower = at::linalg_cholesky((p.covariance + q.covariance) / 2);
  const double value = squared_length(lower, (q.mean - p.mean).unsqueeze(1)) / 8 +
                       0.5 * (log_det(lower) - 0.5 * (log_det(*lower_p) + log_det(*lower_q)));
  return std::max(0.0, value);
}

double hellinger_distance(const GaussianStatistics& a, const GaussianStatistics& b) {
  return std::sqrt(-std::expm1(-bhattacharyya_distance(a, b)));
}

double total_variation(const GaussianStatistics& a, const GaussianStatistics& b) {
  const auto pair = expect_alike(a, b);
  const auto p = line(pair.a), q = line(pair.b);
  if (pair.a == pair.b) return 0;
  if (p.sd == 0 || q.sd == 0) return 1;
  double value = 0, last = 0;  // Σ of |P − Q| over the pieces between crossings
  for (const double x : crossings(p, q)) {
    const double now = p.below(x) - q.below(x);
    value += std::abs(now - last);
    last = now;
  }
  return 0.5 * (value + std::abs(last));
}

double jensen_shannon(const GaussianStatistics& a, const GaussianStatistics& b) {
  const auto pair = expect_alike(a, b);
  const auto p = line(pair.a), q = line(pair.b);
  if (pair.a == pair.b) return 0;
  if (p.sd == 0 || q.sd == 0) return std::numbers::ln2;
  // The trapezoidal rule over the points of both, each on its own scale.
  constexpr int steps = 20'000;
  constexpr double reach = 10;
  std::vector<double> points;
  for (int k = 0; k <= steps; ++k)
    for (const auto& g : {p, q}) points.push_back(g.mean + g.sd * reach * (2.0 * k / steps - 1));
  std::sort(points.begin(), points.end());
  const auto term = [](double density, double middle) {
    return density > 0 ? 0.5 * density * std::log(density / middle) : 0;
  };
  const auto integrand = [&](double x) {
    const double f = p.density(x), g = q.density(x);
    return term(f, (f + g) / 2) + term(g, (f + g) / 2);
  };
  double sum = 0, before = integrand(points.front());
  for (std::size_t k = 1; k < points.size(); ++k) {
    const double now = integrand(points[k]);
    sum += (points[k] - points[k - 1]) * (before + now) / 2;
    before = now;
  }
  return std::clamp(sum, 0.0, std::numbers::ln2);
}

}  // namespace pushforward::metrics
