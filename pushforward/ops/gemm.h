// Matrix products through oneDNN, with the process's one thread pool.
#pragma once

#include <cstdint>

namespace pushforward::ops {

/// C = alpha·op(A) op(B) + beta·C with row-major C [m, n], op(A) [m, k], op(B) [k, n]; `trans_*` is 'N' or
/// 'T'. Throws Error when oneDNN refuses.
void gemm(char trans_a, char trans_b, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
          std::int64_t lda, const float* b, std::int64_t ldb, float beta, float* c, std::int64_t ldc);

}  // namespace pushforward::ops
