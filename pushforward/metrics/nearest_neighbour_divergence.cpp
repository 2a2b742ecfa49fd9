#include "pushforward/metrics/nearest_neighbour_divergence.h"

#include <cmath>
#include <span>

#include "pushforward/core/error.h"
#include "pushforward/metrics/nearest_neighbours.h"
#include "pushforward/metrics/samples.h"

namespace pushforward::metrics {
namespace {

/// ln of the distance to the k-th neighbour [N].
at::Tensor log_distance(const Neighbours& neighbours, const char* set) {
  const auto k = neighbours.distances.size(1);
  const auto distance = neighbours.distances.select(1, k - 1);
  const auto at_zero = distance == 0;
  if (at_zero.any().item<bool>())
    throw fail(
        "[kl_divergence_by_neighbours] sample {} coincides with {} {} set, a density's do not: take more "
        "neighbours or a divergence that needs no density",
        at_zero.to(at::kLong).argmax().item<std::int64_t>(), k, set);
  return distance.log();
}

}  // namespace

Interval kl_divergence_by_neighbours(const at::Tensor& a, const at::Tensor& b, std::int64_t k) {
  const auto pair = as_samples("kl_divergence_by_neighbours", a, b);
  const auto n = pair.a.size(0), m = pair.b.size(0);
  PF_CHECK(k >= 1 && n > k && m >= k,
           "[kl_divergence_by_neighbours] expected more than {} samples for {} neighbours, got {} and {}", k,
           k, n, m);
  const auto terms = (log_distance(nearest_neighbours(pair.a, pair.b, k), "of the other") -
                      log_distance(nearest_neighbours(pair.a, pair.a, k, true), "more of its own")) *
                         pair.dims() +
                     std::log(static_cast<double>(m) / static_cast<double>(n - 1));
  const auto values = terms.contiguous();
  return mean_interval({values.data_ptr<double>(), static_cast<std::size_t>(n)});
}

}  // namespace pushforward::metrics
