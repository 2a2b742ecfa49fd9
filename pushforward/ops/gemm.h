// Matrix products through oneDNN, with the process's one thread pool.
#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace pushforward::ops {

/// An operand: a [rows, columns] matrix, row after row, `stride` numbers from one row to the next.
/// Transposed, the same memory is read as [columns, rows].
struct Matrix {
  template <typename Number>
  Matrix(const Number* values, std::int64_t row_count, std::int64_t column_count)
      : Matrix(values, row_count, column_count, column_count) {}
  template <typename Number>
  Matrix(const Number* values, std::int64_t row_count, std::int64_t column_count, std::int64_t row_stride)
      : Matrix(values, c10::CppTypeToScalarType<Number>::value, row_count, column_count, row_stride) {}
  Matrix(const void* values, c10::ScalarType number, std::int64_t row_count, std::int64_t column_count,
         std::int64_t row_stride)
      : data(values), type(number), rows(row_count), columns(column_count), stride(row_stride) {}

  const void* data;
  c10::ScalarType type;
  std::int64_t rows, columns;  // as a product sees them
  std::int64_t stride;
  bool is_transposed = false;
};

inline Matrix transposed(Matrix matrix) {
  std::swap(matrix.rows, matrix.columns);
  matrix.is_transposed = !matrix.is_transposed;
  return matrix;
}

/// Called for rows [begin, end) of C, by the thread that makes them.
using RowCallback = std::function<void(std::int64_t begin, std::int64_t end)>;

struct GemmOptions {
  RowCallback before = {};  // prepares these rows of A, where A is not transposed
  RowCallback after = {};   // goes over these rows of C while they are in the thread's cache
  bool add = false;         // to what C holds
};

/// C = A B, float32 and without gaps: A [m, k], B [k, n], C [m, n]. A and B are both float32, or both
/// bfloat16 (their products are summed in float32).
///
/// The rows of C are divided among the threads, each of which runs oneDNN on its own, with one barrier at the
/// end. A call from within a parallel region stays on its thread. Throws Error for shapes that do not fit,
/// for types of operands that no kernel takes, and when oneDNN refuses.
void gemm(const Matrix& a, const Matrix& b, float* c, const GemmOptions& options = {});

/// B [k, n] of many products: of bfloat16 laid out once as oneDNN's kernels read it, which they would else do
/// for every product. The matrix that it was made of has to stay. Any thread may use it.
class PackedMatrix {
 public:
  /// For A of about so many rows.
  PackedMatrix(const Matrix& b, std::int64_t rows);
  ~PackedMatrix();
  PackedMatrix(const PackedMatrix&) = delete;
  PackedMatrix& operator=(const PackedMatrix&) = delete;

  std::int64_t rows() const { return plain_.rows; }
  std::int64_t columns() const { return plain_.columns; }

 private:
  friend void gemm(const Matrix& a, const PackedMatrix& b, float* c);

  struct Layout;
  Matrix plain_;
  std::unique_ptr<Layout> packed_;  // null where there is nothing to gain
};

/// C = A B as above.
void gemm(const Matrix& a, const PackedMatrix& b, float* c);

}  // namespace pushforward::ops
