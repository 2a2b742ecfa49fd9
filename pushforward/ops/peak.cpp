#include "pushforward/ops/peak.h"

#include <vector>

#include "pushforward/core/stopwatch.h"
#include "pushforward/ops/gemm.h"

namespace pushforward::ops {

double peak_gflops() {
  constexpr std::int64_t n = 2048;
  const std::vector<float> a(n * n, 1.0F), b(n * n, 1.0F);
  std::vector<float> c(n * n);
  const Stopwatch watch;
  gemm({a.data(), n, n}, {b.data(), n, n}, c.data());
  return 2.0 * n * n * n / watch.seconds() * 1e-9;
}

}  // namespace pushforward::ops
