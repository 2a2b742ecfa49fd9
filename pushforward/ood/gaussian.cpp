#include "pushforward/ood/gaussian.h"

#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/ops/gemm.h"

namespace pushforward::ood {

namespace {

/// ρ / (1 − ρ) of OAS, by the variances λ [d] along the axes of n images.
double shrinkage(const at::Tensor& variances, std::int64_t n) {
  const auto d = static_cast<double>(variances.size(0));
  const double trace = variances.sum().item<double>(), squares = variances.square().sum().item<double>();
  const double spread = (static_cast<double>(n) + 1 - 2 / d) * (squares - trace * trace / d);
  const double rho = ((1 - 2 / d) * squares + trace * trace) / spread;
  constexpr double most = 1 - 1e-6;  // at 1 Σ counts for nothing
  const double bounded = spread > 0 ? std::min(rho, most) : most;
  return bounded / (1 - bounded);
}

}  // namespace

Gaussian Gaussian::of(const metrics::GaussianStatistics& statistics, double ridge) {
  const auto [values, vectors] = at::linalg_eigh(statistics.covariance());
  const auto variances = values.clamp_min(0);
  const auto unit = variances.mean();
  PF_CHECK(unit.item<double>() > 0, "[ood] all {} features are constant over the {} in-distribution images",
           statistics.dims(), statistics.count());
  if (few(statistics.count(), statistics.dims()))
    ridge = std::max(ridge, shrinkage(variances, statistics.count()));
  const auto whiten = vectors / (variances + ridge * unit).sqrt();
  return {statistics.mean().to(at::kFloat), whiten.to(at::kFloat).contiguous()};
}

at::Tensor Gaussian::square_distance(const at::Tensor& features) const {
  const auto n = features.size(0), d = mean.size(0);
  PF_CHECK(features.dim() == 2 && features.size(1) == d, "[ood] expected {} features of an image, got [{}]",
           d, fmt::join(features.sizes(), ", "));
  const auto centred = (features.to(at::kFloat) - mean).contiguous();
  auto white = at::empty({n, d}, at::kFloat);
  if (n > 0)
    ops::gemm({centred.data_ptr<float>(), n, d}, {whiten.data_ptr<float>(), d, d}, white.data_ptr<float>());
  return white.square_().sum(1);
}

}  // namespace pushforward::ood
