#include "pushforward/metrics/frechet.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "pushforward/core/error.h"

namespace pushforward::metrics {
namespace {

constexpr std::int64_t float64_rows = 4096;  ///< Features turned into float64 at a time.
constexpr std::int64_t column_block = 256;
constexpr double rounding = 1e-4;  ///< Of a saved covariance's eigenvalues, by its largest variance.

/// sums += xᵀ x on and below the diagonal (and in blocks across it): half of the work of the product.
void add_lower_products(at::Tensor& sums, const at::Tensor& x) {
  const auto dims = x.size(1);
  for (std::int64_t begin = 0; begin < dims; begin += column_block) {
    const auto width = std::min(column_block, dims - begin);
    sums.narrow(0, begin, dims - begin)
        .narrow(1, begin, width)
        .addmm_(x.narrow(1, begin, dims - begin).t(), x.narrow(1, begin, width));
  }
}

/// Copies what is below the diagonal above it.
void mirror(at::Tensor& matrix) {
  const auto dims = matrix.size(0);
  for (std::int64_t begin = 0; begin < dims; begin += column_block) {
    const auto width = std::min(column_block, dims - begin);
    auto square = matrix.narrow(0, begin, width).narrow(1, begin, width);
    square.copy_(square.tril() + square.tril(-1).t());
    const auto rest = dims - begin - width;
    matrix.narrow(0, begin, width)
        .narrow(1, begin + width, rest)
        .copy_(matrix.narrow(0, begin + width, rest).narrow(1, begin, width).t());
  }
}

void expect_finite(const at::Tensor& features) {
  const auto finite = at::isfinite(features);
  if (finite.all().item<bool>()) return;
  const auto row = finite.all(1).logical_not().to(at::kLong).argmax().item<std::int64_t>();
  throw fail("[frechet] feature row {} of {} holds a number that is not finite", row, features.size(0));
}

bool same(const GaussianStatistics& a, const GaussianStatistics& b) {
  if (a.low_rank() != b.low_rank() || !at::equal(a.mean(), b.mean())) return false;
  return a.low_rank() ? at::equal(a.root(), b.root()) : at::equal(a.covariance(), b.covariance());
}

double total_variance(const GaussianStatistics& statistics) {
  return (statistics.low_rank() ? statistics.root().square().sum() : statistics.covariance().trace())
      .item<double>();
}

/// tr (Σ_a Σ_b)^½
double trace_of_root(const GaussianStatistics& a, const GaussianStatistics& b) {
  const auto root = a.root();
  const auto half = b.low_rank() ? root.matmul(b.root().t()) : at::Tensor();
  const auto product = b.low_rank() ? half.matmul(half.t()) : root.matmul(b.covariance()).matmul(root.t());
  return at::linalg_eigvalsh(product).clamp_min(0).sqrt().sum().item<double>();
}

}  // namespace

GaussianStatistics::GaussianStatistics(std::int64_t dims) : dims_(dims) {
  PF_CHECK(dims >= 1, "[frechet] expected at least 1 dimension, got {}", dims);
}

GaussianStatistics GaussianStatistics::of(const at::Tensor& features) {
  PF_CHECK(features.dim() == 2, "[frechet] expected features [N, D], got {} dimensions", features.dim());
  GaussianStatistics statistics(features.size(1));
  statistics.add(features);
  return statistics;
}

GaussianStatistics GaussianStatistics::from(std::int64_t count, const at::Tensor& mean,
                                            const at::Tensor& covariance) {
  PF_CHECK(count >= 2, "[frechet] expected statistics of at least 2 samples, got {}", count);
  PF_CHECK(mean.dim() == 1 && covariance.dim() == 2 && covariance.size(0) == mean.size(0) &&
               covariance.size(1) == mean.size(0),
           "[frechet] expected a mean [D] and a covariance [D, D], got [{}] and [{}]",
           fmt::join(mean.sizes(), ", "), fmt::join(covariance.sizes(), ", "));
  GaussianStatistics statistics(mean.size(0));
  statistics.count_ = count;
  statistics.mean_ = mean.to(at::kDouble).clone();
  statistics.scatter_ = covariance.to(at::kDouble) * static_cast<double>(count - 1);
  PF_CHECK(at::isfinite(mean).all().item<bool>() && at::isfinite(covariance).all().item<bool>(),
           "[frechet] saved statistics hold a number that is not finite");
  PF_CHECK(at::allclose(covariance, covariance.t()), "[frechet] expected a symmetric covariance");
  // A covariance that was rounded may have eigenvalues just below 0.
  const auto wide = statistics.scatter_.diagonal().abs().max() * rounding;
  const auto lifted = statistics.scatter_ + at::eye(mean.size(0), at::kDouble) * wide;
  PF_CHECK(wide.item<double>() == 0 || std::get<1>(at::linalg_cholesky_ex(lifted)).item<std::int64_t>() == 0,
           "[frechet] expected a covariance without eigenvalues below 0");
  return statistics;
}

void GaussianStatistics::add(const at::Tensor& features) {
  PF_CHECK(features.dim() == 2 && features.size(1) == dims_ && features.is_floating_point(),
           "[frechet] expected floating-point features [N, {}], got {} [{}]", dims_, features.toString(),
           fmt::join(features.sizes(), ", "));
  if (features.size(0) == 0) return;
  GaussianStatistics batch(dims_);
  batch.count_ = features.size(0);
  if (batch.count_ > dims_) {
    batch.gather(features.detach());
  } else {
    expect_finite(features);
    batch.rows_ = {features.detach().to(at::kDouble, false, true)};
  }
  merge(batch);
}

void GaussianStatistics::gather(const at::Tensor& features) {
  const auto parts = features.split(float64_rows);
  mean_ = at::zeros({dims_}, at::kDouble);
  for (const auto& part : parts) mean_ += part.to(at::kDouble).sum(0);
  if (!at::isfinite(mean_).all().item<bool>()) expect_finite(features);
  mean_ /= static_cast<double>(features.size(0));
  scatter_ = at::zeros({dims_, dims_}, at::kDouble);
  for (const auto& part : parts) add_lower_products(scatter_, part.to(at::kDouble) - mean_);
  mirror(scatter_);
}

void GaussianStatistics::merge(const GaussianStatistics& other) {
  PF_CHECK(other.dims_ == dims_, "[frechet] expected statistics of {} dimensions, got {}", dims_,
           other.dims_);
  if (other.count_ == 0) return;
  if (count_ == 0) {
    *this = other;
    return;
  }
  if (low_rank() && other.low_rank() && count_ + other.count_ <= dims_) {
    rows_.insert(rows_.end(), other.rows_.begin(), other.rows_.end());
    count_ += other.count_;
    return;
  }
  GaussianStatistics part = other;
  part.fold();
  fold();
  const auto shift = part.mean_ - mean_;
  const double share = static_cast<double>(part.count_) / static_cast<double>(count_ + part.count_);
  scatter_ = scatter_ + part.scatter_ + static_cast<double>(count_) * share * at::outer(shift, shift);
  mean_ = mean_ + share * shift;
  count_ += part.count_;
}

at::Tensor GaussianStatistics::kept() const {
  return rows_.size() == 1 ? rows_.front() : at::cat(rows_);
}

void GaussianStatistics::fold() {
  if (!low_rank()) return;
  gather(kept());
  rows_.clear();
}

void GaussianStatistics::expect_two() const {
  PF_CHECK(count_ >= 2, "[frechet] expected at least 2 samples for a covariance, got {}", count_);
}

at::Tensor GaussianStatistics::mean() const {
  PF_CHECK(count_ >= 1, "[frechet] expected at least 1 sample for a mean, got none");
  return low_rank() ? kept().mean(0) : mean_;
}

at::Tensor GaussianStatistics::covariance() const {
  expect_two();
  if (!low_rank()) return scatter_ / static_cast<double>(count_ - 1);
  const auto factor = root();
  return factor.t().matmul(factor);
}

at::Tensor GaussianStatistics::root() const {
  expect_two();
  if (low_rank()) {
    const auto rows = kept();
    return (rows - rows.mean(0)) / std::sqrt(static_cast<double>(count_ - 1));
  }
  const auto matrix = covariance();
  const auto [lower, failed] = at::linalg_cholesky_ex(matrix);
  if (failed.item<std::int64_t>() == 0) return lower.t();
  const auto [values, vectors] = at::linalg_eigh(matrix);
  return values.clamp_min(0).sqrt().unsqueeze(1) * vectors.t();
}

void expect_comparable(const GaussianStatistics& a, const GaussianStatistics& b) {
  PF_CHECK(a.dims() == b.dims(), "[frechet] expected statistics of as many dimensions, got {} and {}",
           a.dims(), b.dims());
}

double frechet_distance(const GaussianStatistics& a, const GaussianStatistics& b, double trace_of_root) {
  if (same(a, b)) return 0;
  const double apart = (a.mean() - b.mean()).square().sum().item<double>();
  return std::max(0.0, apart + total_variance(a) + total_variance(b) - 2 * trace_of_root);
}

double frechet_distance(const GaussianStatistics& a, const GaussianStatistics& b) {
  expect_comparable(a, b);
  if (same(a, b)) return 0;
  const bool b_is_smaller = b.low_rank() && (!a.low_rank() || b.count() < a.count());
  return frechet_distance(a, b, b_is_smaller ? trace_of_root(b, a) : trace_of_root(a, b));
}

}  // namespace pushforward::metrics
