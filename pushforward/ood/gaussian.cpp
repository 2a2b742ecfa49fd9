#include "pushforward/ood/gaussian.h"

#include "pushforward/core/error.h"
#include "pushforward/ops/gemm.h"

namespace pushforward::ood {

Gaussian Gaussian::of(const metrics::GaussianStatistics& statistics, double ridge) {
  const auto [values, vectors] = at::linalg_eigh(statistics.covariance());
  const auto variances = values.clamp_min(0);
  const auto unit = variances.mean();
  PF_CHECK(unit.item<double>() > 0, "[ood] all {} features are constant over the {} in-distribution images",
           statistics.dims(), statistics.count());
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
