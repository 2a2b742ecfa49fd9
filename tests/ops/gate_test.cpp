#include "pushforward/ops/gate.h"

#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

namespace pushforward::ops {
namespace {

Op op(at::Tensor (*function)(const at::Tensor&, const at::Tensor&, const at::Tensor&)) {
  return [=](const Tensors& in) {
    return Tensors{function(in[0], in[1], in.size() > 2 ? in[2] : at::Tensor())};
  };
}

TEST(Gate, AgreesWithReferenceToTheSecondDerivative) {
  for (const auto& shape : {at::DimVector{1, 2, 1, 1}, {3, 10, 4, 5}, {2, 96, 9, 7}, {5, 34, 12, 12}}) {
    Tensors in{normal(shape, 1) * 2, normal({shape[1]}, 2)};
    expect_agrees(op(gate), op(reference::gate), in, 2e-5);
    in.push_back(normal({shape[0], shape[1] / 2, shape[2], shape[3]}, 3));
    expect_agrees(op(gate), op(reference::gate), in, 2e-5);
  }
}

TEST(Gate, HasASecondDerivativeWhereTheBiasIsFrozen) {
  const auto x = normal({2, 6, 3, 4}, 1), bias = normal({6}, 2);
  const auto of_x = [&](auto* function) -> Op {
    return [=](const Tensors& in) { return Tensors{function(in[0], bias.to(in[0].scalar_type()), {})}; };
  };
  expect_agrees(of_x(gate), of_x(reference::gate), {x}, 2e-5);
}

TEST(Gate, IsFiniteFarOut) {
  const auto x = leaf(at::tensor({-1e4F, 1e4F, -90.0F, 90.0F}).view({1, 4, 1, 1}));
  const auto y = gate(x, at::zeros({4}));
  EXPECT_LT(difference(y.flatten(), at::tensor({0.0F, 1.0F})), 1e-6);
  EXPECT_TRUE(gradients(y.sum(), {x})[0].isfinite().all().item<bool>());
}

TEST(Gate, SaysWhatItExpected) {
  expect_says([] { gate(at::zeros({1, 3, 2, 2}), at::zeros({3})); }, "[gate] expected x [N, 2C, H, W]");
  expect_says([] { gate(at::zeros({1, 4, 2, 2}), at::zeros({2})); }, "[gate] expected x [N, 2C, H, W]");
  expect_says(
      [] {
        gate(at::zeros({1, 4, 2, 2}), at::zeros({4}), at::zeros({1, 4, 2, 2}));
      },
      "[gate] expected half of x's channels to add to");
}

}  // namespace
}  // namespace pushforward::ops
