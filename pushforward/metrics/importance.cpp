#include "pushforward/metrics/importance.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "pushforward/core/error.h"

namespace pushforward::metrics {
namespace {

/// k of a generalised Pareto distribution of ascending values above 0, by the posterior mean of Zhang &
/// Stephens (2009, "A new and efficient estimation method for the generalized Pareto distribution"), drawn
/// towards ½ as by ten values, as PSIS has it.
double pareto_shape(const std::vector<double>& x) {
  const auto n = static_cast<double>(x.size());
  const auto points = static_cast<std::size_t>(30 + std::sqrt(n));
  const double quartile = x[static_cast<std::size_t>(n / 4 + 0.5) - 1], most = x.back();
  const auto shape_at = [&](double theta) {
    double sum = 0;
    for (const double value : x) sum += std::log1p(-theta * value);
    return sum / n;
  };
  std::vector<double> thetas, logs;
  for (std::size_t j = 1; j <= points; ++j) {
    const double root = std::sqrt(static_cast<double>(points) / (static_cast<double>(j) - 0.5));
    const double theta = 1 / most + (1 - root) / (3 * quartile), k = shape_at(theta);
    thetas.push_back(theta);
    logs.push_back(n * (std::log(-theta / k) - k - 1));
  }
  const double largest = *std::ranges::max_element(logs);
  double sum = 0, theta = 0;
  for (std::size_t j = 0; j < points; ++j) {
    const double weight = std::exp(logs[j] - largest);
    sum += weight;
    theta += weight * thetas[j];
  }
  return (n * shape_at(theta / sum) + 10 * 0.5) / (n + 10);
}

/// Of the largest 3√n weights, at most a fifth; 0 where they are too few or do not differ.
double tail_of(std::vector<double> weights) {
  constexpr std::size_t fewest = 5;
  const auto n = static_cast<double>(weights.size());
  const auto size = static_cast<std::size_t>(std::min(0.2 * n, 3 * std::sqrt(n)));
  if (size < fewest) return 0;
  std::ranges::partial_sort(weights, weights.begin() + static_cast<std::ptrdiff_t>(size) + 1,
                            std::ranges::greater{});
  const double cut = weights[size];
  std::vector<double> beyond;
  for (std::size_t i = size; i-- > 0;)
    if (weights[i] > cut) beyond.push_back(weights[i] - cut);
  return beyond.size() < fewest ? 0 : pareto_shape(beyond);
}

}  // namespace

ImportanceMean importance_mean(std::span<const double> log_weights) {
  PF_CHECK(!log_weights.empty(), "[importance] expected weights, got none");
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < log_weights.size(); ++i) {
    PF_CHECK(log_weights[i] < std::numeric_limits<double>::infinity(),
             "[importance] expected a finite log w, got {} at {}", log_weights[i], i);
    largest = std::max(largest, log_weights[i]);
  }
  const auto n = static_cast<double>(log_weights.size());
  ImportanceMean mean{.count = static_cast<std::int64_t>(log_weights.size()), .log_mean = {}};
  if (std::isinf(largest)) {  // all of weight 0
    mean.log_mean = {largest, largest, largest};
    return mean;
  }
  double sum = 0, squares = 0;
  std::vector<double> weights;
  weights.reserve(log_weights.size());
  for (const double log_weight : log_weights) {
    weights.push_back(std::exp(log_weight - largest));
    sum += weights.back();
    squares += weights.back() * weights.back();
  }
  mean.effective = sum * sum / squares;
  mean.tail = tail_of(std::move(weights));
  mean.log_mean = normal_interval(largest + std::log(sum / n), std::max(0.0, 1 / mean.effective - 1 / n));
  return mean;
}

}  // namespace pushforward::metrics
