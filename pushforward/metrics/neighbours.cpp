#include "pushforward/metrics/neighbours.h"

#include <algorithm>
#include <cmath>

#include "pushforward/core/interrupt.h"
#include "pushforward/ops/gemm.h"

namespace pushforward::metrics {
namespace {

constexpr std::int64_t kProductRows = 512;

Cloud cloud(at::Tensor exact, const at::Tensor& mean) {
  auto fast = (exact - mean).to(at::kFloat).contiguous();
  const auto norms = fast.to(at::kDouble).square().sum(1).sqrt().contiguous();
  const auto* first = norms.data_ptr<double>();
  // Coordinates are at most 1 and off by 2⁻⁵³: with `unit` ≥ 2⁻²² this covers twice ‖x‖ √D 2⁻⁵².
  const double slack = std::sqrt(static_cast<double>(exact.size(1))) * 0x1p-27;
  return {std::move(exact), std::move(fast), {first, first + norms.numel()}, slack};
}

/// Keeps the k smallest of what it is shown, the largest of them first.
class SmallestValues {
 public:
  explicit SmallestValues(std::int64_t k) : k_(static_cast<std::size_t>(k)) {}

  void show(double value) {
    if (heap_.size() == k_) {
      if (value >= heap_.front()) return;
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.pop_back();
    }
    heap_.push_back(value);
    std::push_heap(heap_.begin(), heap_.end());
  }
  double kth() const { return heap_.front(); }

 private:
  std::size_t k_;
  std::vector<double> heap_;
};

}  // namespace

std::pair<Cloud, Cloud> clouds(const at::Tensor& a, const at::Tensor& b) {
  auto x = a.to(at::kDouble).contiguous(), y = b.to(at::kDouble).contiguous();
  const double largest = std::max(x.abs().max().item<double>(), y.abs().max().item<double>());
  const double scale = largest > 0 ? std::ldexp(1, -std::ilogb(largest) - 1) : 1;
  x = x * scale;
  y = y * scale;
  const auto mean = at::cat({x, y}).mean(0);
  return {cloud(x, mean), cloud(y, mean)};
}

double square_distance(const Cloud& a, std::int64_t i, const Cloud& b, std::int64_t j) {
  const auto dims = a.exact.size(1);
  const auto* x = a.exact.data_ptr<double>() + i * dims;
  const auto* y = b.exact.data_ptr<double>() + j * dims;
  double sum = 0;
  for (std::int64_t k = 0; k < dims; ++k) sum += (x[k] - y[k]) * (x[k] - y[k]);
  return sum;
}

void for_rows(const Cloud& a, const Cloud& b,
              const std::function<void(std::int64_t, const DistanceRow&)>& visit) {
  const auto dims = a.exact.size(1), m = b.size();
  const double unit = (0.51 * static_cast<double>(dims) + 4) * 0x1p-24;
  const auto* left = a.fast.data_ptr<float>();
  auto products = at::empty({std::min(kProductRows, a.size()), m}, at::kFloat);
  auto* values = products.data_ptr<float>();
  for (std::int64_t begin = 0; begin < a.size(); begin += kProductRows) {
    stop_if_interrupted("comparing samples");
    const auto visit_rows = [&](std::int64_t first, std::int64_t last) {
      for (auto r = first; r < last; ++r)
        visit(begin + r,
              {a.norms[static_cast<std::size_t>(begin + r)], values + r * m, b.norms.data(), unit, a.slack});
    };
    ops::gemm({left + begin * dims, std::min(kProductRows, a.size() - begin), dims},
              ops::transposed({b.fast.data_ptr<float>(), m, dims}), values, {.after = visit_rows});
  }
}

std::vector<double> neighbour_squares(const Cloud& cloud, std::int64_t k) {
  std::vector<double> squares(static_cast<std::size_t>(cloud.size()));
  for_rows(cloud, cloud, [&](std::int64_t i, const DistanceRow& row) {
    SmallestValues reachable(k);
    for (std::int64_t j = 0; j < cloud.size(); ++j)
      if (j != i) reachable.show(row.square(j) + row.error(j));
    SmallestValues nearest(k);
    for (std::int64_t j = 0; j < cloud.size(); ++j)
      if (j != i && row.square(j) - row.error(j) <= reachable.kth())
        nearest.show(square_distance(cloud, i, cloud, j));
    squares[static_cast<std::size_t>(i)] = nearest.kth();
  });
  return squares;
}

}  // namespace pushforward::metrics
