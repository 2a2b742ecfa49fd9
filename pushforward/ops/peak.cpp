#include "pushforward/ops/peak.h"

#include <vector>

#include "pushforward/core/stopwatch.h"
#include "pushforward/ops/gemm.h"
#include "pushforward/ops/precision.h"

namespace pushforward::ops {
namespace {

template <typename Number>
double rate() {
  constexpr std::int64_t n = 2048;
  const std::vector<Number> a(n * n, Number(1.0F)), b(n * n, Number(1.0F));
  std::vector<float> c(n * n);
  const PackedMatrix packed({b.data(), n, n}, n);
  const Stopwatch watch;
  gemm({a.data(), n, n}, packed, c.data());
  return 2.0 * n * n * n / watch.seconds() * 1e-9;
}

}  // namespace

double peak_gflops() {
  return precision() == Precision::bfloat16 ? rate<c10::BFloat16>() : rate<float>();
}

}  // namespace pushforward::ops
