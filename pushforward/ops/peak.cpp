#include "pushforward/ops/peak.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

#include "pushforward/core/stopwatch.h"
#include "pushforward/ops/gemm.h"
#include "pushforward/ops/precision.h"

namespace pushforward::ops {
namespace {

template <typename Number>
double product_gflops() {
  constexpr std::int64_t n = 2048;
  const std::vector<Number> a(n * n, Number(1.0F)), b(n * n, Number(1.0F));
  std::vector<float> c(n * n);
  const PackedMatrix packed({b.data(), n, n}, n);
  const Stopwatch watch;
  gemm({a.data(), n, n}, packed, c.data());
  return 2.0 * n * n * n / watch.seconds() * 1e-9;
}

}  // namespace

double ProductRates::in_use() const {
  return precision() == Precision::bfloat16 ? bfloat16.value_or(0) : float32;
}

void ProductRates::better(const ProductRates& other) {
  float32 = std::max(float32, other.float32);
  bfloat16 = std::max(bfloat16, other.bfloat16);
}

ProductRates product_rates() {
  return {.float32 = product_gflops<float>(),
          .bfloat16 = has_native_bfloat16() ? std::optional(product_gflops<c10::BFloat16>()) : std::nullopt};
}

double memory_rate() {
  constexpr std::int64_t n = 32 << 20;
  const std::vector<float> x(n, 1.0F);
  std::vector<float> y(n, 1.0F);
  const Stopwatch watch;
  at::parallel_for(0, n, n / 64, [from = x.data(), to = y.data()](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) to[i] += 0.5F * from[i];
  });
  return 3.0 * n * sizeof(float) / watch.seconds() * 1e-9;
}

}  // namespace pushforward::ops
