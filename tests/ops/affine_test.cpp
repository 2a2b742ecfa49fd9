#include "pushforward/ops/affine.h"

#include "tests/ops/oracle.h"
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "pushforward/ops/layout.h"

namespace pushforward::ops {
namespace {

Tensors pair(const std::pair<at::Tensor, at::Tensor>& result) {
  return {result.first, result.second};
}

Tensors fast(const Tensors& in) {
  return pair(affine(in[0], in[1], in[2]));
}
Tensors composed(const Tensors& in) {
  return pair(reference::affine(in[0], in[1], in[2]));
}

TEST(Affine, AgreesWithReferenceOnOddSizesAndLayouts) {
  for (const auto& shape : {at::DimVector{1, 1}, {1, 9}, {3, 1}, {3, 5}, {17, 33}, {64, 10}, {131, 7}})
    for (const auto& [layout, x] : layouts(normal(shape, 1))) {
      SCOPED_TRACE(fmt::format("[{}, {}] {}", shape[0], shape[1], layout));
      expect_agrees(fast, composed, {x, normal(shape, 2), layouts(normal(shape, 3))[2].second});
    }
}

TEST(Affine, LogDetIsTheSumOfLogSlopes) {
  // By hand: tanh 0 = 0, tanh(atanh ½) = ½.
  const auto raw = at::tensor({0.0, std::atanh(0.5)}).to(at::kFloat).view({1, 2});
  const auto [y, log_det] = affine(at::full({1, 2}, 2.0F), raw, at::full({1, 2}, 3.0F));
  EXPECT_FLOAT_EQ(y[0][0].item<float>(), 5.0F);
  EXPECT_NEAR(y[0][1].item<double>(), 2 * std::exp(0.5) + 3, 1e-6);
  EXPECT_NEAR(log_det[0].item<double>(), 0.5, 1e-7);
}

TEST(Affine, LogDetKeepsFloatPrecisionOverManyFeatures) {
  const auto raw = normal({4, 5000}, 2) + 1;
  const auto log_det = affine(raw, raw, raw).second;
  EXPECT_LT(difference(log_det, at::tanh(raw.to(at::kDouble)).sum(1)), 3e-7);
}

TEST(Affine, ExtremeScalesStayFinite) {
  const auto raw = at::tensor({-1e30F, -100.0F, 100.0F, 1e30F}).view({1, 4});
  const auto [y, log_det] = affine(at::ones({1, 4}), raw, at::zeros({1, 4}));
  EXPECT_LT(difference(y, at::exp(at::tanh(raw.to(at::kDouble)))), 1e-6);
  EXPECT_EQ(log_det.item<float>(), 0.0F);
}

TEST(Affine, KeepsNanInItsSample) {
  for (const int which : {0, 1, 2}) {
    Tensors in{normal({40, 3}, 1), normal({40, 3}, 2), normal({40, 3}, 3)};
    in[static_cast<std::size_t>(which)][33][2] = std::nan("");
    const auto [y, log_det] = affine(in[0], in[1], in[2]);
    EXPECT_TRUE(std::isnan(y[33][2].item<float>())) << which;
    EXPECT_EQ(at::isnan(y).sum().item<int>(), 1) << which;
    EXPECT_EQ(at::isnan(log_det).sum().item<int>(), which == 1 ? 1 : 0) << which;
  }
}

TEST(Affine, GradientsOfOneOutputAlone) {
  const Tensors values{normal({5, 4}, 1), normal({5, 4}, 2), normal({5, 4}, 3)};
  for (const std::size_t which : {0u, 1u}) {
    const Op only = [=](const Tensors& in) { return Tensors{fast(in)[which]}; };
    const Op expected = [=](const Tensors& in) { return Tensors{composed(in)[which]}; };
    expect_agrees(only, expected, values);
  }
}

TEST(AffineInverse, UndoesAffine) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const auto x = normal({19, 7}, 1, type), raw = normal({19, 7}, 2, type), t = normal({19, 7}, 3, type);
    const auto [y, log_det] = affine(x, raw, t);
    const auto [back, inverse_log_det] = affine_inverse(y, raw, t);
    const double tolerance = type == at::kFloat ? 2e-6 : 1e-14;
    EXPECT_LT(difference(back, x), tolerance);
    EXPECT_LT(difference(-inverse_log_det, log_det), tolerance);
  }
}

TEST(Affine, AnEmptyBatchIsEmpty) {
  const auto x = leaf(at::empty({0, 3}));
  const auto [y, log_det] = affine(x, x, x);
  EXPECT_EQ(y.sizes(), (at::IntArrayRef{0, 3}));
  EXPECT_EQ(log_det.sizes(), (at::IntArrayRef{0}));
  EXPECT_EQ(gradients(y.sum() + log_det.sum(), {x})[0].sizes(), x.sizes());
}

TEST(Affine, AnyThreadsGiveTheSameBytes) {
  const auto threads = at::get_num_threads();
  Tensors first;
  for (const int count : {1, 2, 1, 2}) {
    at::set_num_threads(count);
    const Tensors in{leaf(normal({133, 40}, 1)), leaf(normal({133, 40}, 2)), leaf(normal({133, 40}, 3))};
    auto now = fast(in);
    for (auto& grad : gradients(weighted_sum(now, 5), in)) now.push_back(grad);
    if (first.empty()) first = now;
    for (std::size_t i = 0; i < now.size(); ++i)
      EXPECT_TRUE(identical(now[i], first[i])) << count << " " << i;
  }
  at::set_num_threads(threads);
}

TEST(Affine, SaysWhatItExpected) {
  const auto x = at::ones({2, 3});
  expect_says(
      [&] {
        affine(x, at::ones({2, 4}), x);
      },
      "[affine] expected x, scale and shift of one shape [N, D], got [2, 3], [2, 4] and [2, 3]");
  expect_says(
      [&] {
        affine_inverse(x, x, at::ones({1, 3}));
      },
      "[affine_inverse] expected x, scale and shift");
  expect_says([&] { affine(at::ones({3}), at::ones({3}), at::ones({3})); }, "got [3], [3] and [3]");
}

}  // namespace
}  // namespace pushforward::ops
