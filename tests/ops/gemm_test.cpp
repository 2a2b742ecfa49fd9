#include "pushforward/ops/gemm.h"

#include "tests/ops/tensors.h"
#include <gtest/gtest.h>

namespace pushforward::ops {
namespace {

TEST(Gemm, IsTheProductHoweverItsOperandsLie) {
  const std::int64_t m = 37, n = 21, k = 130;
  const auto a = normal({m, k}, 1), b = normal({k, n}, 2), start = normal({m, n}, 3);
  const auto exact = a.to(at::kDouble).mm(b.to(at::kDouble));
  const auto across_a = a.t().contiguous(), across_b = b.t().contiguous();
  for (const bool a_across : {false, true})
    for (const bool b_across : {false, true})
      for (const bool add : {false, true}) {
        auto c = start.clone();
        gemm(a_across ? transposed({across_a.data_ptr<float>(), k, m}) : Matrix(a.data_ptr<float>(), m, k),
             b_across ? transposed({across_b.data_ptr<float>(), n, k}) : Matrix(b.data_ptr<float>(), k, n),
             c.data_ptr<float>(), {.add = add});
        EXPECT_LT(difference(c, add ? exact + start : exact), 1e-6);
      }
}

TEST(Gemm, SumsBfloat16InFloat32HoweverItsOperandsLie) {
  const std::int64_t m = 37, n = 21, k = 530;
  const auto a = normal({m, k}, 1, at::kBFloat16), b = normal({k, n}, 2, at::kBFloat16);
  const auto start = normal({m, n}, 3), exact = a.to(at::kDouble).mm(b.to(at::kDouble));
  const auto across_a = a.t().contiguous(), across_b = b.t().contiguous();
  const auto numbers = [](const at::Tensor& x) { return x.data_ptr<at::BFloat16>(); };
  for (const bool a_across : {false, true})
    for (const bool b_across : {false, true})
      for (const bool add : {false, true}) {
        auto c = start.clone();
        gemm(a_across ? transposed({numbers(across_a), k, m}) : Matrix(numbers(a), m, k),
             b_across ? transposed({numbers(across_b), n, k}) : Matrix(numbers(b), k, n), c.data_ptr<float>(),
             {.add = add});
        EXPECT_LT(difference(c, add ? exact + start : exact), 1e-5);
      }
}

TEST(Gemm, OfAPackedMatrixIsTheSame) {
  const std::int64_t n = 70, k = 200;
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const auto b = normal({k, n}, 2, type);
    const auto matrix = [&](const at::Tensor& x) {
      return Matrix(x.data_ptr(), type, x.size(0), x.size(1), x.size(1));
    };
    const PackedMatrix packed(matrix(b), 100);
    for (const std::int64_t m : {1, 37, 100, 1500}) {  // fewer rows than it was packed for, as many, more
      const auto a = normal({m, k}, 1, type);
      auto c = at::empty({m, n});
      gemm(matrix(a), packed, c.data_ptr<float>());
      EXPECT_LT(difference(c, a.to(at::kDouble).mm(b.to(at::kDouble))), 1e-5) << m;
    }
  }
}

TEST(Gemm, TakesAPartOfAWiderMatrix) {
  const auto wide = normal({6, 10}, 1), b = normal({4, 3}, 2);
  auto c = at::empty({6, 3});
  gemm({wide.data_ptr<float>() + 5, 6, 4, 10}, {b.data_ptr<float>(), 4, 3}, c.data_ptr<float>());
  EXPECT_LT(difference(c, wide.slice(1, 5, 9).mm(b)), 1e-6);
}

TEST(Gemm, CallsBackOnceForEveryRowAndOnItsTwoSides) {
  const std::int64_t m = 515, n = 64, k = 64;
  const auto b = normal({k, n}, 2);
  auto a = at::zeros({m, k}), c = at::empty({m, n});
  gemm({a.data_ptr<float>(), m, k}, {b.data_ptr<float>(), k, n}, c.data_ptr<float>(),
       {.before = [&](std::int64_t begin, std::int64_t end) { a.slice(0, begin, end).add_(1); },
        .after = [&](std::int64_t begin, std::int64_t end) { c.slice(0, begin, end).mul_(2); }});
  EXPECT_LT(difference(c, 2 * at::ones({m, k}).mm(b)), 1e-6);
}

TEST(Gemm, SaysWhatItTakes) {
  const auto a = at::ones({2, 3}), b = at::ones({3, 4});
  auto c = at::empty({2, 4});
  const Matrix left(a.data_ptr<float>(), 2, 3), right(b.data_ptr<float>(), 3, 4);
  expect_says([&] { gemm(right, left, c.data_ptr<float>()); },
              "[gemm] expected as many rows of B as columns of A, 4, got 2");
  const auto half = b.to(at::kBFloat16);
  expect_says(
      [&] {
        gemm(left, {half.data_ptr(), at::kBFloat16, 3, 4, 4}, c.data_ptr<float>());
      },
      "[gemm] expected two operands of float32 or two of bfloat16, got Float and BFloat16");
}

}  // namespace
}  // namespace pushforward::ops
