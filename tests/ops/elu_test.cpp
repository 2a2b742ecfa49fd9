#include "pushforward/ops/elu.h"

#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

namespace pushforward::ops {
namespace {

Op op(at::Tensor (*function)(const at::Tensor&)) {
  return [=](const Tensors& in) { return Tensors{function(in[0]) * in[1]}; };
}

TEST(Elu, AgreesWithReferenceInEveryLayoutToTheSecondDerivative) {
  const auto x = normal({3, 5, 4, 6}, 1) * 3, weight = normal({3, 5, 4, 6}, 2);
  for (const auto& layout : {x, x.contiguous(at::MemoryFormat::ChannelsLast),
                             x.permute({3, 1, 0, 2}).contiguous().permute({2, 1, 3, 0})})
    expect_agrees(op(ops::elu), op(reference::elu), {layout, weight}, 1e-6);
  expect_agrees(op(ops::elu), op(reference::elu), {normal({200'000}, 1), normal({200'000}, 2)}, 1e-6);
}

TEST(Elu, IsFiniteFarOutAndKeepsNanAndLayout) {
  const auto far = leaf(at::tensor({-1e4F, 1e4F}));
  const auto y = ops::elu(far);
  EXPECT_LT(difference(y, at::tensor({-1.0F, 1e4F})), 1e-6);
  EXPECT_LT(difference(gradients(y.sum(), {far})[0], at::tensor({0.0F, 1.0F})), 1e-6);
  auto x = at::ones({2, 3, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast);
  x[0][0][0][0] = std::nan("");
  const auto spoiled = ops::elu(x);
  EXPECT_TRUE(spoiled[0][0][0][0].isnan().item<bool>());
  EXPECT_EQ(spoiled.isnan().sum().item<int>(), 1);
  EXPECT_EQ(spoiled.strides(), x.strides());
  EXPECT_EQ(ops::elu(at::empty({0, 3})).numel(), 0);
}

}  // namespace
}  // namespace pushforward::ops
