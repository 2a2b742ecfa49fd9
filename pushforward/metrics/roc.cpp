#include "pushforward/metrics/roc.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "pushforward/core/random.h"

namespace pushforward::metrics {
namespace {

constexpr std::size_t replicates = 1000;

Interval hull(const Interval& a, const Interval& b) {
  return {a.value, std::min(a.low, b.low), std::max(a.high, b.high)};
}

Interval auroc_interval(const Counts& counts, double n) {
  const double value = auroc(counts), variance = auroc_variance(counts);
  const bool usable = variance > 0 && value > 0 && value < 1;
  if (!usable) return wilson(value, n);
  const double logit = std::log(value / (1 - value));
  const double half = z95 * std::sqrt(variance) / (value * (1 - value));
  return {value, 1 / (1 + std::exp(half - logit)), 1 / (1 + std::exp(-half - logit))};
}

/// As many draws, with replacement, as there are places.
void resample(const std::vector<std::uint32_t>& places, std::mt19937_64 engine,
              std::vector<std::uint32_t>& counts) {
  std::fill(counts.begin(), counts.end(), 0u);
  for (std::size_t i = 0; i < places.size(); ++i) ++counts[places[uniform_below(engine, places.size())]];
}

}  // namespace

Roc roc(std::span<const double> in, std::span<const double> out) {
  const auto ranking = rank(in, out);
  const auto& counts = ranking.counts;
  std::vector<double> precision(replicates), fpr_out(replicates), fpr_in(replicates);
  at::parallel_for(0, replicates, 1, [&](std::int64_t first, std::int64_t last) {
    Counts replicate = counts;
    for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(last); ++i) {
      resample(ranking.place_in, stream(0, "roc bootstrap in", i), replicate.in);
      resample(ranking.place_out, stream(0, "roc bootstrap out", i), replicate.out);
      precision[i] = average_precision(replicate);
      fpr_out[i] = fpr_at_95_tpr_out(replicate);
      fpr_in[i] = fpr_at_95_tpr_in(replicate);
    }
  });

  Roc result{.n_in = std::ssize(in), .n_out = std::ssize(out), .curve = roc_curve(counts)};
  const auto n_in = static_cast<double>(result.n_in), n_out = static_cast<double>(result.n_out);
  const double n = std::min(n_in, n_out);
  result.auroc = auroc_interval(counts, n);
  result.average_precision = percentile_interval(average_precision(counts), precision);
  if (result.average_precision.low == result.average_precision.high)
    result.average_precision = wilson(result.average_precision.value, n);
  result.fpr_at_95_tpr_out = percentile_interval(fpr_at_95_tpr_out(counts), fpr_out);
  result.fpr_at_95_tpr_out = hull(result.fpr_at_95_tpr_out, wilson(result.fpr_at_95_tpr_out.value, n_in));
  result.fpr_at_95_tpr_in = percentile_interval(fpr_at_95_tpr_in(counts), fpr_in);
  result.fpr_at_95_tpr_in = hull(result.fpr_at_95_tpr_in, wilson(result.fpr_at_95_tpr_in.value, n_out));
  return result;
}

}  // namespace pushforward::metrics
