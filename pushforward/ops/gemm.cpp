#include "pushforward/ops/gemm.h"

#include <oneapi/dnnl/dnnl.h>

#include "pushforward/core/error.h"

namespace pushforward::ops {

void gemm(char trans_a, char trans_b, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
          std::int64_t lda, const float* b, std::int64_t ldb, float beta, float* c, std::int64_t ldc) {
  const auto status = dnnl_sgemm(trans_a, trans_b, m, n, k, 1.0F, a, lda, b, ldb, beta, c, ldc);
  if (status != dnnl_success)
    throw fail("[gemm] oneDNN refused {}{} {}x{}x{}: status {}", trans_a, trans_b, m, n, k,
               static_cast<int>(status));
}

}  // namespace pushforward::ops
