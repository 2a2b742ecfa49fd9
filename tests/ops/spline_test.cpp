#include "pushforward/ops/spline.h"

#include "tests/ops/oracle.h"
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "pushforward/ops/layout.h"

namespace pushforward::ops {
namespace {

Tensors values(const std::pair<at::Tensor, at::Tensor>& result) {
  return {result.first, result.second};
}

Tensors kernel(const Tensors& in) {
  return values(spline(in[0], in[1]));
}
Tensors composed(const Tensors& in) {
  return values(reference::spline(in[0], in[1]));
}

TEST(Spline, AgreesWithReferenceOnOddSizesAndLayouts) {
  for (const auto& [n, d] : {std::pair(1, 1), {1, 9}, {3, 1}, {17, 5}, {32, 2}, {64, 3}, {131, 7}})
    for (const auto& [layout, x] : layouts(normal({n, d}, 1) * 2)) {
      SCOPED_TRACE(fmt::format("[{}, {}] {}", n, d, layout));
      expect_agrees(kernel, composed, {x, layouts(normal({n, 23 * d}, 2))[2].second}, 1e-4);
    }
}

TEST(Spline, AgreesBeyondItsIntervalAndInEveryBin) {
  const auto x = at::linspace(-6, 6, 2401).unsqueeze(1);
  expect_agrees(kernel, composed, {x, (normal({1, 23}, 3) * 0.5).expand({2401, -1})}, 1e-4);
  expect_agrees(kernel, composed, {x.expand({-1, 2}), normal({2401, 46}, 4)}, 5e-4);
}

TEST(Spline, AgreesWhereParametersAreFarFromZero) {
  // Bins of the least size and slopes from 1e-3 to 50: values alone, as float32 has few digits of such
  // slopes.
  const auto x = normal({500, 3}, 5) * 2, raw = normal({500, 69}, 6) * 20;
  const auto found = spline(x, raw).first,
             expected = reference::spline(x.to(at::kDouble), raw.to(at::kDouble)).first;
  EXPECT_LT(difference(found, expected), 1e-3);
}

TEST(Spline, GradientsOfOneOutputAlone) {
  const Tensors in{normal({40, 4}, 1), normal({40, 92}, 2)};
  for (const std::size_t which : {0u, 1u}) {
    const Op only = [=](const Tensors& of) { return Tensors{kernel(of)[which]}; };
    const Op expected = [=](const Tensors& of) { return Tensors{composed(of)[which]}; };
    expect_agrees(only, expected, in, 1e-4);
  }
}

TEST(Spline, KeepsNanInItsSample) {
  for (const int which : {0, 1}) {
    Tensors in{normal({40, 3}, 1), normal({40, 69}, 2)};
    in[static_cast<std::size_t>(which)][33][2] = std::nan("");
    const auto y = spline(in[0], in[1]).first;
    EXPECT_TRUE(std::isnan(y[33][2].item<float>())) << which;
    EXPECT_EQ(at::isnan(y).sum().item<int>(), 1) << which;
  }
}

TEST(Spline, AnEmptyBatchIsEmpty) {
  const auto x = leaf(at::empty({0, 3})), raw = at::empty({0, 69});
  for (const auto& [y, log_det] : {spline(x, raw), spline_inverse(x, raw)}) {
    EXPECT_EQ(y.sizes(), (at::IntArrayRef{0, 3}));
    EXPECT_EQ(log_det.sizes(), (at::IntArrayRef{0}));
  }
}

TEST(Spline, AnyThreadsGiveTheSameBytes) {
  const auto threads = at::get_num_threads();
  Tensors first;
  for (const int count : {1, 2, 1}) {
    at::set_num_threads(count);
    const Tensors in{leaf(normal({133, 20}, 1)), leaf(normal({133, 460}, 2))};
    auto now = kernel(in);
    for (auto& grad : gradients(weighted_sum(now, 5), in)) now.push_back(grad);
    if (first.empty()) first = now;
    for (std::size_t i = 0; i < now.size(); ++i)
      EXPECT_TRUE(identical(now[i], first[i])) << count << " " << i;
  }
  at::set_num_threads(threads);
}

TEST(Spline, SaysWhatItExpected) {
  expect_says(
      [] {
        spline(at::ones({2, 3}), at::ones({2, 68}));
      },
      "[spline] expected x [N, D] and parameters [N, 23·D], got [2, 3] and [2, 68]");
  expect_says(
      [] {
        spline_inverse(at::ones({2, 3}), at::ones({1, 69}));
      },
      "[spline_inverse] expected x [N, D]");
}

}  // namespace
}  // namespace pushforward::ops
