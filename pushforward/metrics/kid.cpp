#include "pushforward/metrics/kid.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/random.h"
#include "pushforward/metrics/content_order.h"
#include "pushforward/metrics/features.h"
#include "pushforward/metrics/summary.h"
#include "pushforward/ops/gemm.h"

namespace pushforward::metrics {
namespace {

/// (x yᵀ / D + 1)³ of float32 rows [m, D], in float32.
at::Tensor kernel(const at::Tensor& x, const at::Tensor& y) {
  const auto m = x.size(0), n = y.size(0), dims = x.size(1);
  auto products = at::empty({m, n}, at::kFloat);
  ops::gemm({x.data_ptr<float>(), m, dims}, ops::transposed({y.data_ptr<float>(), n, dims}),
            products.data_ptr<float>());
  products.div_(static_cast<double>(dims)).add_(1);
  return products.square().mul_(products);
}

/// Means of k(x_i, x_j) over the other j: float64 [m].
at::Tensor means_within(const at::Tensor& x) {
  const auto values = kernel(x, x);
  return (values.sum(1, false, at::kDouble) - values.diagonal()) / static_cast<double>(x.size(0) - 1);
}

/// One set, and what its samples have contributed to the subsets they were drawn into.
class Side {
 public:
  Side(const at::Tensor& features, std::string_view purpose)
      : features_(features),
        order_(content_order(features.to(at::kFloat), 0, purpose)),
        purpose_(purpose),
        effects_(at::zeros({features.size(0)}, at::kDouble)),
        draws_(at::zeros({features.size(0)}, at::kDouble)) {}

  at::Tensor draw(std::int64_t size, std::uint64_t seed, std::uint64_t subset) {
    auto order = permutation(features_.size(0), stream(seed, purpose_, subset));
    drawn_ = at::tensor(at::ArrayRef<std::int64_t>(order.data(), static_cast<std::size_t>(size)), at::kLong);
    return features_.index_select(0, order_.index_select(0, drawn_)).to(at::kFloat);
  }
  /// For the samples drawn last.
  void add(const at::Tensor& effects) {
    effects_.index_add_(0, drawn_, effects);
    draws_.index_add_(0, drawn_, at::ones_like(effects));
  }
  /// The variance of MMD² as a U-statistic, to first order.
  double variance() const {
    const auto mean = effects_.div(draws_).masked_select(draws_.gt(0));
    return 4 * mean.var(true).item<double>() / static_cast<double>(effects_.size(0));
  }

 private:
  at::Tensor features_, order_;  ///< [N, D], int64 [N]
  std::string_view purpose_;
  at::Tensor effects_, draws_;  ///< float64 [N], in that order
  at::Tensor drawn_;            ///< int64 [m], places in it
};

}  // namespace

Interval kid(const at::Tensor& real, const at::Tensor& fake, const KidOptions& options) {
  expect_pair("kid", real, fake);
  PF_CHECK(options.subsets >= 2 && options.subset_size >= 2,
           "[kid] expected at least 2 subsets of at least 2 samples, got {} of {}", options.subsets,
           options.subset_size);
  const auto most = std::max(real.size(0), fake.size(0));
  const auto size = std::min({options.subset_size, real.size(0), fake.size(0)});
  const auto subsets = size == most ? 1 : options.subsets;  // Whole sets have one.
  Side reals(real, "kid-real"), fakes(fake, "kid-fake");
  std::vector<double> values;
  for (std::int64_t i = 0; i < subsets; ++i) {
    stop_if_interrupted("measuring KID");
    const auto x = reals.draw(size, options.seed, static_cast<std::uint64_t>(i));
    const auto y = fakes.draw(size, options.seed, static_cast<std::uint64_t>(i));
    const auto between = kernel(x, y);
    const auto of_x = means_within(x), of_y = means_within(y);
    const auto across_x = between.sum(1, false, at::kDouble) / static_cast<double>(size);
    const auto across_y = between.sum(0, false, at::kDouble) / static_cast<double>(size);
    values.push_back((of_x.mean() + of_y.mean() - 2 * across_x.mean()).item<double>());
    reals.add(of_x - across_x);
    fakes.add(of_y - across_y);
  }
  const double sd = subsets == 1 ? 0 : sd_of(values);
  const double half =
      z95 * std::sqrt(reals.variance() + fakes.variance() + sd * sd / static_cast<double>(subsets));
  const double mean = mean_of(values);
  return {mean, mean - half, mean + half};
}

}  // namespace pushforward::metrics
