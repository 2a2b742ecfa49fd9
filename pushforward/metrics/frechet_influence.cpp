#include "pushforward/metrics/frechet_influence.h"

#include <algorithm>
#include <utility>

#include "pushforward/core/error.h"
#include "pushforward/ops/gemm.h"

namespace pushforward::metrics {
namespace {

/// Singular values below this share of the largest say nothing about the distance, and are divided by.
constexpr double smallest_share = 1e-6;
constexpr std::int64_t effect_rows = 1024;

/// ‖map x‖² of rows x float32 [N, D] under map [R, D]: float64 [N].
at::Tensor mapped_squares(const at::Tensor& rows, const at::Tensor& map) {
  const auto n = rows.size(0), dims = rows.size(1), rank = map.size(0);
  if (rank == 0) return at::zeros({n}, at::kDouble);
  auto mapped = at::empty({n, rank}, at::kFloat);
  ops::gemm({rows.data_ptr<float>(), n, dims}, ops::transposed({map.data_ptr<float>(), rank, dims}),
            mapped.data_ptr<float>());
  return mapped.square().sum(1, false, at::kDouble);
}

at::Tensor effects(const at::Tensor& features, const at::Tensor& mean, const at::Tensor& other_mean,
                   const at::Tensor& map) {
  PF_CHECK(features.dim() == 2 && features.size(1) == mean.size(0) && features.size(0) >= 1,
           "[frechet] expected features [N, {}], got [{}]", mean.size(0), fmt::join(features.sizes(), ", "));
  const auto towards = 2 * (mean - other_mean);
  std::vector<at::Tensor> parts;
  for (const auto& part : features.split(effect_rows)) {
    const auto centred = part.to(at::kDouble) - mean;
    parts.push_back(centred.matmul(towards) + centred.square().sum(1) -
                    mapped_squares(centred.to(at::kFloat).contiguous(), map));
  }
  const auto all = at::cat(parts);
  return all - all.mean();
}

}  // namespace

FrechetInfluence::FrechetInfluence(const GaussianStatistics& a, const GaussianStatistics& b)
    : mean_a_(a.mean()), mean_b_(b.mean()) {
  expect_comparable(a, b);
  // F = U S Vᵀ F_b^+ …: with F [R, D] the root of the smaller side, the other's map is S^−½ Uᵀ F and its own
  // S^−3/2 Uᵀ F Σ_other, where F Σ_other Fᵀ = U S² Uᵀ.
  const bool swapped = b.low_rank() && (!a.low_rank() || b.count() < a.count());
  const auto& small = swapped ? b : a;
  const auto& other = swapped ? a : b;
  const auto root = small.root();
  const auto onto =
      other.low_rank() ? root.matmul(other.root().t()).matmul(other.root()) : root.matmul(other.covariance());
  const auto [squares, vectors] = at::linalg_eigh(onto.matmul(root.t()));
  const auto values = squares.clamp_min(0).sqrt();
  distance_ = frechet_distance(a, b, values.sum().item<double>());
  const auto kept = values.gt(smallest_share * values.max()).nonzero().squeeze(1);
  const auto s = values.index_select(0, kept).unsqueeze(1);
  const auto basis = vectors.index_select(1, kept).t();
  map_a_ = (basis.matmul(onto) / s.pow(1.5)).to(at::kFloat).contiguous();
  map_b_ = (basis.matmul(root) / s.sqrt()).to(at::kFloat).contiguous();
  if (swapped) std::swap(map_a_, map_b_);
}

at::Tensor FrechetInfluence::of_a(const at::Tensor& features) const {
  return effects(features, mean_a_, mean_b_, map_a_);
}

at::Tensor FrechetInfluence::of_b(const at::Tensor& features) const {
  return effects(features, mean_b_, mean_a_, map_b_);
}

}  // namespace pushforward::metrics
