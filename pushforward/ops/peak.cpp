#include "pushforward/ops/peak.h"

#include <chrono>
#include <vector>

#include "pushforward/ops/gemm.h"

namespace pushforward::ops {

double peak_gflops() {
  constexpr std::int64_t n = 2048;
  const std::vector<float> a(n * n, 1.0F), b(n * n, 1.0F);
  std::vector<float> c(n * n);
  const auto start = std::chrono::steady_clock::now();
  gemm({a.data(), n, n}, {b.data(), n, n}, c.data());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return 2.0 * n * n * n / seconds * 1e-9;
}

}  // namespace pushforward::ops
