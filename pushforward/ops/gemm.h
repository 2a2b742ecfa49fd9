// Matrix products through oneDNN, with the process's one thread pool.
#pragma once

#include <cstdint>
#include <functional>

namespace pushforward::ops {

/// Called for rows [begin, end) of C, by the thread that has just made them.
using Rows = std::function<void(std::int64_t begin, std::int64_t end)>;

/// C = op(A) op(B) with row-major C [m, n], op(A) [m, k], op(B) [k, n]; `trans_*` is 'N' or 'T'.
///
/// The rows of C are divided among the threads, each of which runs oneDNN on its own: `before` prepares the
/// rows of A that a thread needs (only for 'N'), `after` goes over its rows of C while they are in its cache,
/// and there is one barrier. A call from within a parallel region stays on its thread. Throws Error when
/// oneDNN refuses. With `beta` 1 the product is added to C.
void gemm(char trans_a, char trans_b, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
          std::int64_t lda, const float* b, std::int64_t ldb, float* c, std::int64_t ldc,
          const Rows& before = {}, const Rows& after = {}, float beta = 0.0F);

}  // namespace pushforward::ops
