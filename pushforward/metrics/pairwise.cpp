#include "pushforward/metrics/pairwise.h"

namespace pushforward::metrics {

at::Tensor squared_distances(const at::Tensor& x, const at::Tensor& y) {
  constexpr std::int64_t few_dims = 16, by_differences = 2;
  if (x.size(1) <= few_dims) return at::cdist(x, y, 2, by_differences).square_();
  const auto centre = y.mean(0);
  const auto a = x - centre, b = y - centre;
  auto squared = at::addmm(b.square().sum(1), a, b.t(), 1, -2);
  squared += a.square().sum(1, /*keepdim=*/true);
  return squared.clamp_min_(0);
}

}  // namespace pushforward::metrics
