#include "pushforward/ops/gemm.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/ops/onednn.h"
#include "pushforward/ops/parallel.h"

namespace pushforward::ops {
namespace {

/// Below this a product is over before a second thread is awake.
constexpr double parallel_flop = 1e6;

/// oneDNN's kernel makes eight rows at a time.
constexpr std::int64_t row_block = 8;

char letter(const Matrix& matrix) {
  return matrix.is_transposed ? 'T' : 'N';
}

void make_float32(const Matrix& a, const Matrix& b, float* c, std::int64_t begin, std::int64_t end,
                  bool add) {
  const auto* rows = static_cast<const float*>(a.data) + begin * (a.is_transposed ? 1 : a.stride);
  const auto n = b.columns;
  const auto status =
      dnnl_sgemm(letter(a), letter(b), end - begin, n, a.columns, 1.0F, rows, a.stride,
                 static_cast<const float*>(b.data), b.stride, add ? 1.0F : 0.0F, c + begin * n, n);
  if (status != dnnl_success)
    throw fail("[gemm] oneDNN refused {}{} {}x{}x{}: status {}", letter(a), letter(b), a.rows, n, a.columns,
               static_cast<int>(status));
}

dnnl::memory::desc describe(const Matrix& matrix, std::int64_t rows) {
  const dnnl::memory::dims strides =
      matrix.is_transposed ? dnnl::memory::dims{1, matrix.stride} : dnnl::memory::dims{matrix.stride, 1};
  return {{rows, matrix.columns}, dnnl::memory::data_type::bf16, strides};
}

/// A product of these shapes, which oneDNN has made for threads that work by themselves or for all of them.
struct Product {
  Product(const Matrix& a, std::int64_t rows, const Matrix& b, bool add)
      : Product(a, rows, describe(b, b.rows), b, add) {}
  /// With B laid out as `b_layout` says, or as oneDNN chooses.
  Product(const Matrix& a, std::int64_t rows, const dnnl::memory::desc& b_layout, const Matrix& b, bool add)
      : of_a(describe(a, rows)),
        of_c({rows, b.columns}, dnnl::memory::data_type::f32, dnnl::memory::dims{b.columns, 1}) {
    dnnl::primitive_attr how;
    if (add) {
      dnnl::post_ops sum;
      sum.append_sum(1.0F);
      how.set_post_ops(sum);
    }
    const auto made = onednn::matmul(of_a, b_layout, of_c, how);
    of_b = made.weights_desc();
    run = dnnl::matmul(made);
  }

  dnnl::memory::desc of_a, of_b, of_c;
  dnnl::matmul run;
};

/// The product of this thread for these shapes.
const Product& product(const Matrix& a, std::int64_t rows, const Matrix& b, bool add) {
  constexpr std::size_t most_kept = 1024;
  using Key = std::array<std::int64_t, 9>;
  thread_local std::map<Key, Product> made;
  const Key key = {rows, a.columns,           b.columns, a.stride, b.stride, a.is_transposed, b.is_transposed,
                   add,  threads_that_share()};
  if (const auto found = made.find(key); found != made.end()) return found->second;
  if (made.size() == most_kept) made.clear();
  return made.try_emplace(key, a, rows, b, add).first->second;
}

/// The product of this thread for B in a layout of oneDNN's, which A of other numbers of rows may have
/// chosen; null where oneDNN has none.
const Product* packed_product(const Matrix& a, const dnnl::memory::desc& layout, const Matrix& b) {
  constexpr std::size_t most_kept = 256;
  using Key = std::array<std::int64_t, 5>;
  thread_local std::map<Key, std::vector<std::pair<dnnl::memory::desc, std::unique_ptr<Product>>>> made;
  if (made.size() == most_kept) made.clear();
  auto& of_shape = made[{a.rows, a.columns, b.columns, a.stride, threads_that_share()}];
  for (const auto& [of_layout, product] : of_shape)
    if (of_layout == layout) return product.get();
  std::unique_ptr<Product> product;
  try {
    product = std::make_unique<Product>(a, a.rows, layout, b, false);
  } catch (const dnnl::error&) {
    product.reset();
  }
  return of_shape.emplace_back(layout, std::move(product)).second.get();
}

void execute(const Product& made, const void* a, const void* b, float* c) {
  made.run.execute(onednn::stream(), {{DNNL_ARG_SRC, onednn::wrap(made.of_a, a)},
                                      {DNNL_ARG_WEIGHTS, onednn::wrap(made.of_b, b)},
                                      {DNNL_ARG_DST, onednn::wrap(made.of_c, c)}});
  onednn::stream().wait();
}

/// Rows [begin, end) of a matrix of bfloat16.
Matrix part_of(Matrix a, std::int64_t begin, std::int64_t end) {
  a.data = static_cast<const c10::BFloat16*>(a.data) + begin * (a.is_transposed ? 1 : a.stride);
  a.rows = end - begin;
  return a;
}

Error refused(const Matrix& a, const Matrix& b, const dnnl::error& error) {
  return fail("[gemm] oneDNN refused {}{} {}x{}x{} in bfloat16: {}", letter(a), letter(b), a.rows, b.columns,
              a.columns, error.what());
}

/// A matrix of bfloat16 as float32, without gaps.
class Widened {
 public:
  explicit Widened(const Matrix& matrix)
      : rows_(matrix.is_transposed ? matrix.columns : matrix.rows),
        columns_(matrix.is_transposed ? matrix.rows : matrix.columns),
        numbers_(static_cast<std::size_t>(rows_ * columns_)),
        is_transposed_(matrix.is_transposed) {
    const auto* from = static_cast<const c10::BFloat16*>(matrix.data);
    for (std::int64_t row = 0; row < rows_; ++row)
      std::copy_n(from + row * matrix.stride, columns_, numbers_.data() + row * columns_);
  }
  Matrix matrix() const {
    const Matrix plain(numbers_.data(), rows_, columns_);
    return is_transposed_ ? transposed(plain) : plain;
  }

 private:
  std::int64_t rows_, columns_;
  std::vector<float> numbers_;
  bool is_transposed_;
};

/// Where oneDNN has no kernel for bfloat16, as of processors without AVX-512, the same in float32: right, and
/// slow.
void make_bfloat16(const Matrix& a, const Matrix& b, float* c, std::int64_t begin, std::int64_t end,
                   bool add) try {
  static std::atomic<bool> has_kernel = true;
  if (has_kernel) {
    try {
      return execute(product(a, end - begin, b, add), part_of(a, begin, end).data, b.data,
                     c + begin * b.columns);
    } catch (const dnnl::error& error) {
      if (error.status != dnnl_unimplemented) throw;
      has_kernel = false;
    }
  }
  const Widened wide_a(part_of(a, begin, end)), wide_b(b);
  make_float32(wide_a.matrix(), wide_b.matrix(), c + begin * b.columns, 0, end - begin, add);
} catch (const dnnl::error& error) {
  throw refused(a, b, error);
}

/// Makes rows [begin, end) of C. The one place that knows which types of operands there are kernels for.
void make_rows(const Matrix& a, const Matrix& b, float* c, std::int64_t begin, std::int64_t end, bool add) {
  const auto make = a.type == c10::ScalarType::BFloat16 ? make_bfloat16 : make_float32;
  make(a, b, c, begin, end, add);
}

void check(const Matrix& a, const Matrix& b) {
  if (a.type != b.type || (a.type != c10::ScalarType::Float && a.type != c10::ScalarType::BFloat16))
    throw fail("[gemm] expected two operands of float32 or two of bfloat16, got {} and {}",
               c10::toString(a.type), c10::toString(b.type));
  PF_CHECK(a.columns == b.rows, "[gemm] expected as many rows of B as columns of A, {}, got {}", a.columns,
           b.rows);
}

/// Calls run(begin, end) for the rows of A B, divided among the threads where there is enough to do.
template <typename Run>
void by_rows(const Matrix& a, const Matrix& b, const Run& run) {
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

}  // namespace

struct PackedMatrix::Layout {
  dnnl::memory::desc desc;
  std::shared_ptr<std::byte> numbers;
};

PackedMatrix::PackedMatrix(const Matrix& b, std::int64_t rows) try : plain_(b) {
  if (b.type != c10::ScalarType::BFloat16) return;
  const c10::BFloat16* none = nullptr;
  const Matrix a(none, rows, b.rows);
  const dnnl::memory::desc any({b.rows, b.columns}, dnnl::memory::data_type::bf16,
                               dnnl::memory::format_tag::any);
  const auto plain = describe(b, b.rows);
  const auto* made = packed_product(a, any, b);
  if (made == nullptr || made->of_b == plain) return;
  packed_ = std::make_unique<Layout>(Layout{made->of_b, onednn::buffer(made->of_b.get_size())});
  onednn::reorder(onednn::wrap(plain, b.data), onednn::wrap(packed_->desc, packed_->numbers.get()));
} catch (const dnnl::error& error) {
  throw fail("[gemm] oneDNN refused to lay out {}x{} in bfloat16: {}", b.rows, b.columns, error.what());
}

PackedMatrix::~PackedMatrix() = default;

void gemm(const Matrix& a, const PackedMatrix& b, float* c) {
  if (!b.packed_) return gemm(a, b.plain_, c);
  check(a, b.plain_);
  by_rows(a, b.plain_, [&](std::int64_t begin, std::int64_t end) {
    const auto rows = part_of(a, begin, end);
    const auto* made = packed_product(rows, b.packed_->desc, b.plain_);
    if (made == nullptr) return make_rows(a, b.plain_, c, begin, end, false);
    try {
      execute(*made, rows.data, b.packed_->numbers.get(), c + begin * b.plain_.columns);
    } catch (const dnnl::error& error) {
      throw refused(a, b.plain_, error);
    }
  });
}

void gemm(const Matrix& a, const Matrix& b, float* c, const GemmOptions& options) {
  check(a, b);
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    if (options.before) options.before(begin, end);
    make_rows(a, b, c, begin, end, options.add);
    if (options.after) options.after(begin, end);
  };

  by_rows(a, b, run);
}

}  // namespace pushforward::ops
