#include "pushforward/metrics/histogram_divergence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "pushforward/core/error.h"
#include "pushforward/metrics/samples.h"

namespace pushforward::metrics {
namespace {

/// What the bins of each dimension divide: [D] each. Bins go on beyond it, as wide.
struct Span {
  at::Tensor low, width;
};

/// The joint range of both sets, but where few points far away make most of it: then the part without the
/// outer hundredths, half as wide again at either side. Affine maps of a dimension change nothing.
Span span_of(const SamplePair& pair) {
  constexpr double outer = 0.01, most_stretched = 3;
  const auto pooled = at::cat({pair.a, pair.b});
  const auto rows = std::get<0>(pooled.sort(0));
  const auto last = rows.size(0) - 1;
  const auto cut = static_cast<std::int64_t>(outer * static_cast<double>(rows.size(0)));
  const auto low = rows[0], width = rows[last] - low;
  const auto inner_low = rows[cut], inner = rows[last - cut] - inner_low;
  const auto stretched = (inner > 0).logical_and(width > most_stretched * inner);
  return {at::where(stretched, inner_low - inner / 2, low),
          at::where(stretched, 2 * inner, width).masked_fill_(width == 0, 1)};
}

/// The number of each row's cell, [N]. Far outside the span, cells are one.
at::Tensor cells_of(const at::Tensor& rows, const Span& span, std::int64_t bins) {
  constexpr std::int64_t beyond = std::int64_t{1} << 19, cells_a_dimension = std::int64_t{1} << 21;
  auto places = ((rows - span.low) / span.width * bins).floor();
  // The largest value of the range is of the last bin.
  places = at::where(places.eq(static_cast<double>(bins)).logical_and(rows <= span.low + span.width),
                     places - 1, places);
  const auto numbers = (places.clamp(-static_cast<double>(beyond), static_cast<double>(bins + beyond)) +
                        static_cast<double>(beyond))
                           .to(at::kLong);
  auto cells = at::zeros({rows.size(0)}, at::kLong);
  for (std::int64_t d = 0; d < rows.size(1); ++d) cells = cells * cells_a_dimension + numbers.select(1, d);
  return cells.contiguous();
}

/// The variance of f under shares p that sum to one.
template <typename F>
double variance(const std::vector<double>& p, const F& f) {
  double mean = 0, square = 0;
  for (std::size_t c = 0; c < p.size(); ++c)
    if (p[c] > 0) mean += p[c] * f(c);
  for (std::size_t c = 0; c < p.size(); ++c)
    if (p[c] > 0) square += p[c] * (f(c) - mean) * (f(c) - mean);
  return square;
}

/// By the derivatives of the value for p and for q.
template <typename DP, typename DQ>
Interval delta_interval(const BinnedPair& pair, double value, double most, const DP& dp, const DQ& dq) {
  auto interval = normal_interval(value, variance(pair.p, dp) / static_cast<double>(pair.n) +
                                             variance(pair.q, dq) / static_cast<double>(pair.m));
  interval.low = std::max(interval.low, 0.0);
  interval.high = std::min(interval.high, most);
  return interval;
}

}  // namespace

double BinnedPair::outside() const {
  double share = 0;
  for (std::size_t c = 0; c < p.size(); ++c)
    if (q[c] == 0) share += p[c];
  return share;
}

BinnedPair bin_together(const at::Tensor& a, const at::Tensor& b, std::int64_t bins) {
  const auto pair = as_samples("histogram", a, b);
  const std::int64_t n = pair.a.size(0), m = pair.b.size(0), dims = pair.dims();
  PF_CHECK(dims <= most_binned_dims, "[histogram] expected at most {} dimensions, got {}", most_binned_dims,
           dims);
  PF_CHECK(bins >= 0 && bins <= 1'000'000, "[histogram] expected up to 1,000,000 bins, got {}", bins);
  if (bins == 0)
    bins = static_cast<std::int64_t>(
        std::ceil(2 * std::pow(static_cast<double>(std::min(n, m)), 1.0 / static_cast<double>(dims + 2))));
  const auto span = span_of(pair);
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> counts;
  const auto of_a = cells_of(pair.a, span, bins), of_b = cells_of(pair.b, span, bins);
  for (std::int64_t i = 0; i < n; ++i) ++counts[of_a.data_ptr<std::int64_t>()[i]].first;
  for (std::int64_t j = 0; j < m; ++j) ++counts[of_b.data_ptr<std::int64_t>()[j]].second;
  BinnedPair binned{.p = {}, .q = {}, .n = n, .m = m, .bins = bins};
  for (const auto& [cell, count] : counts) {
    binned.p.push_back(static_cast<double>(count.first) / static_cast<double>(n));
    binned.q.push_back(static_cast<double>(count.second) / static_cast<double>(m));
  }
  return binned;
}

Interval kl_divergence(const BinnedPair& pair) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const auto& [p, q, n, m, bins] = pair;
  double sum = 0;
  for (std::size_t c = 0; c < p.size(); ++c) {
    if (p[c] > 0 && q[c] == 0) return {infinity, infinity, infinity};
    if (p[c] > 0) sum += p[c] * std::log(p[c] / q[c]);
  }
  return delta_interval(
      pair, std::max(sum, 0.0), infinity, [&](std::size_t c) { return std::log(p[c] / q[c]); },
      [&](std::size_t c) { return p[c] / q[c]; });
}

Interval jensen_shannon(const BinnedPair& pair) {
  const auto& [p, q, n, m, bins] = pair;
  const auto of_p = [&](std::size_t c) { return 0.5 * std::log(2 * p[c] / (p[c] + q[c])); };
  const auto of_q = [&](std::size_t c) { return 0.5 * std::log(2 * q[c] / (p[c] + q[c])); };
  double sum = 0;
  for (std::size_t c = 0; c < p.size(); ++c)
    sum += (p[c] > 0 ? p[c] * of_p(c) : 0) + (q[c] > 0 ? q[c] * of_q(c) : 0);
  const double most = std::log(2.0);
  return delta_interval(pair, std::clamp(sum, 0.0, most), most, of_p, of_q);
}

Interval total_variation(const BinnedPair& pair) {
  const auto& [p, q, n, m, bins] = pair;
  const auto side = [&](std::size_t c) { return p[c] > q[c] ? 0.5 : p[c] < q[c] ? -0.5 : 0.0; };
  double sum = 0;
  for (std::size_t c = 0; c < p.size(); ++c) sum += (p[c] - q[c]) * side(c);
  return delta_interval(pair, std::clamp(sum, 0.0, 1.0), 1, side, side);
}

}  // namespace pushforward::metrics
