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

/// Makes rows [begin, end) of C. The one place that knows which types of operands there are kernels for.
void make_rows(const Matrix& a, const Matrix& b, float* c, std::int64_t begin, std::int64_t end, bool add) {
  const auto letter = [](const Matrix& matrix) { return matrix.is_transposed ? 'T' : 'N'; };
  const auto* rows = static_cast<const float*>(a.data) + begin * (a.is_transposed ? 1 : a.stride);
  const auto n = b.columns;
  const auto status =
      dnnl_sgemm(letter(a), letter(b), end - begin, n, a.columns, 1.0F, rows, a.stride,
                 static_cast<const float*>(b.data), b.stride, add ? 1.0F : 0.0F, c + begin * n, n);
  if (status != dnnl_success)
    throw fail("[gemm] oneDNN refused {}{} {}x{}x{}: status {}", letter(a), letter(b), a.rows, n, a.columns,
               static_cast<int>(status));
}

void check(const Matrix& a, const Matrix& b) {
  if (a.type != c10::ScalarType::Float || b.type != c10::ScalarType::Float)
    throw fail("[gemm] expected operands of float32, got {} and {}", c10::toString(a.type),
               c10::toString(b.type));
  PF_CHECK(a.columns == b.rows, "[gemm] expected as many rows of B as columns of A, {}, got {}", a.columns,
           b.rows);
}

}  // namespace

void gemm(const Matrix& a, const Matrix& b, float* c, const GemmOptions& options) {
  check(a, b);
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    if (options.before) options.before(begin, end);
    make_rows(a, b, c, begin, end, options.add);
    if (options.after) options.after(begin, end);
  };

  const auto m = a.rows;
  const double flop =
      2.0 * static_cast<double>(m) * static_cast<double>(b.columns) * static_cast<double>(a.columns);
  const std::int64_t threads = at::get_num_threads();
  if (threads == 1 || flop < parallel_flop || at::in_parallel_region()) return run(0, m);
  const auto blocks = (m + row_block - 1) / row_block;
  const auto share = row_block * ((blocks + threads - 1) / threads);
  at::parallel_for(0, (m + share - 1) / share, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto task = begin; task < end; ++task) run(task * share, std::min(m, (task + 1) * share));
  });
}

}  // namespace pushforward::ops
