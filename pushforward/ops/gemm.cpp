#include "pushforward/ops/gemm.h"

#include <ATen/Parallel.h>
#include <oneapi/dnnl/dnnl.h>

#include <algorithm>

#include "pushforward/core/error.h"

namespace pushforward::ops {
namespace {

/// Below this a product is over before a second thread is awake.
constexpr double parallel_flop = 1e6;

/// oneDNN's kernel makes eight rows at a time.
constexpr std::int64_t row_block = 8;

}  // namespace

void gemm(char trans_a, char trans_b, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
          std::int64_t lda, const float* b, std::int64_t ldb, float* c, std::int64_t ldc, const Rows& before,
          const Rows& after, float beta) {
  const auto make_rows = [&](std::int64_t begin, std::int64_t end) {
    if (before) before(begin, end);
    const auto* rows = a + begin * (trans_a == 'N' ? lda : 1);
    const auto status =
        dnnl_sgemm(trans_a, trans_b, end - begin, n, k, 1.0F, rows, lda, b, ldb, beta, c + begin * ldc, ldc);
    if (status != dnnl_success)
      throw fail("[gemm] oneDNN refused {}{} {}x{}x{}: status {}", trans_a, trans_b, m, n, k,
                 static_cast<int>(status));
    if (after) after(begin, end);
  };

  const double flop = 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  const std::int64_t threads = at::get_num_threads();
  if (threads == 1 || flop < parallel_flop || at::in_parallel_region()) return make_rows(0, m);
  const auto blocks = (m + row_block - 1) / row_block;
  const auto share = row_block * ((blocks + threads - 1) / threads);
  at::parallel_for(0, (m + share - 1) / share, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto task = begin; task < end; ++task) make_rows(task * share, std::min(m, (task + 1) * share));
  });
}

}  // namespace pushforward::ops
