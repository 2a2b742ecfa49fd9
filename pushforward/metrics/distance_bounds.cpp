#include "pushforward/metrics/distance_bounds.h"

#include <algorithm>
#include <cmath>

#include "pushforward/core/interrupt.h"
#include "pushforward/ops/gemm.h"

namespace pushforward::metrics {
namespace {

constexpr std::int64_t product_rows = 512;

Cloud cloud(at::Tensor exact, const at::Tensor& mean, double scale) {
  auto fast = (exact - mean).to(at::kFloat).contiguous();
  const auto norms = fast.to(at::kDouble).square().sum(1).sqrt().contiguous();
  const auto* first = norms.data_ptr<double>();
  // Coordinates are at most 1 and off by 2⁻⁵³: with `unit` ≥ 2⁻²² this covers twice ‖x‖ √D 2⁻⁵².
  const double slack = std::sqrt(static_cast<double>(exact.size(1))) * 0x1p-27;
  return {std::move(exact), std::move(fast), {first, first + norms.numel()}, slack, scale};
}

}  // namespace

std::pair<Cloud, Cloud> clouds(const at::Tensor& a, const at::Tensor& b) {
  auto x = a.to(at::kDouble).contiguous(), y = b.to(at::kDouble).contiguous();
  const double largest = std::max(x.abs().max().item<double>(), y.abs().max().item<double>());
  const double scale = largest > 0 ? std::ldexp(1, -std::ilogb(largest) - 1) : 1;
  x = x * scale;
  y = y * scale;
  const auto mean = at::cat({x, y}).mean(0);
  return {cloud(x, mean, scale), cloud(y, mean, scale)};
}

double square_distance(const Cloud& a, std::int64_t i, const Cloud& b, std::int64_t j) {
  const auto dims = a.exact.size(1);
  const auto* x = a.exact.data_ptr<double>() + i * dims;
  const auto* y = b.exact.data_ptr<double>() + j * dims;
  double sum = 0;
  for (std::int64_t k = 0; k < dims; ++k) sum += (x[k] - y[k]) * (x[k] - y[k]);
  return sum;
}

void for_each_point(const Cloud& a, const Cloud& b,
                    const std::function<void(std::int64_t, const DistanceRow&)>& visit) {
  const auto dims = a.exact.size(1), m = b.size();
  const double unit = (0.51 * static_cast<double>(dims) + 4) * 0x1p-24;
  const auto* left = a.fast.data_ptr<float>();
  auto products = at::empty({std::min(product_rows, a.size()), m}, at::kFloat);
  auto* values = products.data_ptr<float>();
  for (std::int64_t begin = 0; begin < a.size(); begin += product_rows) {
    stop_if_interrupted("comparing samples");
    const auto visit_rows = [&](std::int64_t first, std::int64_t last) {
      for (auto r = first; r < last; ++r)
        visit(begin + r,
              {a.norms[static_cast<std::size_t>(begin + r)], values + r * m, b.norms.data(), unit, a.slack});
    };
    ops::gemm({left + begin * dims, std::min(product_rows, a.size() - begin), dims},
              ops::transposed({b.fast.data_ptr<float>(), m, dims}), values, {.after = visit_rows});
  }
}

}  // namespace pushforward::metrics
