#include "pushforward/metrics/mind.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/metrics/features.h"
#include "pushforward/metrics/samples.h"
#include "pushforward/metrics/sorted_coupling.h"
#include "pushforward/metrics/summary.h"

namespace pushforward::metrics {
namespace {

constexpr std::int64_t directions_at_once = 32;

/// One set along some directions, and what each sample contributes to the costs.
struct Projected {
  at::Tensor values, order;  ///< float64 and int64 [directions, N], ascending
  at::Tensor potentials;     ///< float64 [directions, N], of the samples as they are stored

  Projected(const at::Tensor& lines, const at::Tensor& samples) {
    std::tie(values, order) = at::mm(lines, samples.t()).contiguous().sort(1);
    potentials = at::empty_like(values);
  }
  Numbers along(std::int64_t direction) const { return numbers_of(values.select(0, direction)); }
  void keep(std::int64_t direction, const std::vector<double>& of_sorted) {
    const auto* place = order.select(0, direction).data_ptr<std::int64_t>();
    auto* to = potentials.select(0, direction).data_ptr<double>();
    for (std::size_t i = 0; i < of_sorted.size(); ++i) to[place[i]] = of_sorted[i];
  }
};

}  // namespace

Interval mind(const at::Tensor& real, const at::Tensor& fake, const MindOptions& options) {
  expect_pair("mind", real, fake);
  PF_CHECK(options.projections >= 2, "[mind] expected at least 2 projections, got {}", options.projections);
  const auto [a, b] = as_samples("mind", real, fake);
  const auto lines = random_directions(options.projections, a.size(1), options.seed);
  std::vector<double> costs(static_cast<std::size_t>(options.projections));
  auto u = at::zeros({a.size(0)}, at::kDouble), v = at::zeros({b.size(0)}, at::kDouble);
  for (std::int64_t start = 0; start < options.projections; start += directions_at_once) {
    stop_if_interrupted("measuring MIND");
    const auto some = lines.slice(0, start, start + directions_at_once);
    Projected x(some, a), y(some, b);
    at::parallel_for(0, some.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
      for (auto k = begin; k < end; ++k) {
        const auto found = transport_sorted(x.along(k), y.along(k), 2);
        costs[static_cast<std::size_t>(start + k)] = found.cost;
        x.keep(k, found.u);
        y.keep(k, found.v);
      }
    });
    u += x.potentials.sum(0);
    v += y.potentials.sum(0);
  }
  const auto count = static_cast<double>(options.projections);
  const double variance = variance_of_mean(numbers_of(u / count)) + variance_of_mean(numbers_of(v / count)) +
                          variance_of_mean(costs);
  const auto [value, low, high] = normal_interval(mean_of(costs), variance);
  const double scale = 3 * static_cast<double>(a.size(1));
  return {scale * value, std::max(0.0, scale * low), scale * high};
}

}  // namespace pushforward::metrics
