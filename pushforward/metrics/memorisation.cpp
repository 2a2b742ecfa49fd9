#include "pushforward/metrics/memorisation.h"

#include <cmath>

#include "pushforward/metrics/nearest_neighbours.h"
#include "pushforward/metrics/roc.h"
#include "pushforward/metrics/samples.h"

namespace pushforward::metrics {
namespace {

/// Of samples [n, D] to a training set.
struct Nearest {
  at::Tensor distances;  ///< float64 [n], to the nearest training sample
  at::Tensor of_those;   ///< float64 [n], from that to the nearest other
};

Nearest nearest(const at::Tensor& samples, const at::Tensor& train) {
  const auto found = nearest_neighbours(samples, train, 1);
  // Of a training sample's two nearest one is itself, or a double as near.
  const auto beside = nearest_neighbours(train.index_select(0, found.indices.select(1, 0)), train, 2);
  return {found.distances.select(1, 0).contiguous(), beside.distances.select(1, 1).contiguous()};
}

Interval authentic(const Nearest& nearest) {
  const auto share = nearest.distances.gt(nearest.of_those).to(at::kDouble).mean().item<double>();
  return wilson(share, static_cast<double>(nearest.distances.size(0)));
}

}  // namespace

Memorisation memorisation(const at::Tensor& train, const at::Tensor& held_out, const at::Tensor& fake) {
  const auto known = as_samples("memorisation", train, 2);
  const auto of_fake = nearest(fake, known), of_held_out = nearest(held_out, known);
  const auto farther = roc(numbers_of(of_held_out.distances), numbers_of(of_fake.distances)).auroc;
  const auto n = static_cast<double>(held_out.size(0)), m = static_cast<double>(fake.size(0));
  const auto in_deviations = [&](double p) { return (p - 0.5) * std::sqrt(12 * n * m / (n + m + 1)); };
  return {.authenticity = authentic(of_fake),
          .held_out_authenticity = authentic(of_held_out),
          .farther = farther,
          .copying = {in_deviations(farther.value), in_deviations(farther.low), in_deviations(farther.high)}};
}

}  // namespace pushforward::metrics
