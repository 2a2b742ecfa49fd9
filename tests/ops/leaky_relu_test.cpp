#include "pushforward/ops/leaky_relu.h"

#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

namespace pushforward::ops {
namespace {

Op op(at::Tensor (*function)(const at::Tensor&, double), double slope) {
  return [=](const Tensors& in) { return Tensors{function(in[0], slope) * in[1]}; };
}

TEST(LeakyRelu, AgreesWithReferenceInEveryLayout) {
  const auto x = normal({3, 5, 4, 6}, 1), weight = normal({3, 5, 4, 6}, 2);
  for (const double slope : {0.0, 0.2, 1.0})
    for (const auto& layout : {x, x.contiguous(at::MemoryFormat::ChannelsLast),
                               x.permute({3, 1, 0, 2}).contiguous().permute({2, 1, 3, 0})})
      expect_agrees(op(leaky_relu, slope), op(reference::leaky_relu, slope), {layout, weight}, 1e-6);
  expect_agrees(op(leaky_relu, 0.2), op(reference::leaky_relu, 0.2),
                {normal({200'000}, 1), normal({200'000}, 2)}, 1e-6);
}

TEST(LeakyRelu, GivesThePenaltyOfAGradientNoGradientOfZeros) {
  const auto x = leaf(normal({4, 3}, 1)), w = leaf(normal({4, 3}, 2));
  const auto gradient = torch::autograd::grad({(leaky_relu(x, 0.2) * w).sum()}, {x}, {}, true, true)[0];
  const auto second = torch::autograd::grad({gradient.square().sum()}, {x, w}, {}, true, false, true);
  EXPECT_FALSE(second[0].defined());
  EXPECT_LT(difference(second[1], 2 * w * at::where(x > 0, 1.0, 0.04)), 1e-6);
}

TEST(LeakyRelu, KeepsNanAndLayout) {
  auto x = at::ones({2, 3, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast);
  x[0][0][0][0] = std::nan("");
  const auto y = leaky_relu(x, 0.2);
  EXPECT_TRUE(y[0][0][0][0].isnan().item<bool>());
  EXPECT_EQ(y.strides(), x.strides());
  EXPECT_EQ(leaky_relu(at::empty({0, 3}), 0.2).numel(), 0);
  expect_says([&] { leaky_relu(x, -1); }, "[leaky_relu] expected a slope of at least 0, got -1");
}

}  // namespace
}  // namespace pushforward::ops
