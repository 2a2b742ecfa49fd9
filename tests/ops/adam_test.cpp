#include "pushforward/ops/adam.h"

#include "tests/ops/optimised.h"
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace pushforward::ops {
namespace {

TEST(Adam, TwoStepsByHand) {
  // lr 0.1, g = 2 then −1: m₁ = 0.2, v₁ = 0.004, both corrected to 2 and 4, so p₁ = 1 − 0.1·2/2.
  // m₂ = 0.08, v₂ = 0.004996; m̂₂ = 0.08/0.19, v̂₂ = 0.004996/0.001999.
  const Tensors p{at::ones({1})}, m{at::zeros({1})}, v{at::zeros({1})};
  adam_step(p, {at::full({1}, 2.0F)}, m, v, 1, {.learning_rate = 0.1});
  EXPECT_NEAR(p[0].item<double>(), 0.9, 1e-7);
  adam_step(p, {at::full({1}, -1.0F)}, m, v, 2, {.learning_rate = 0.1});
  EXPECT_NEAR(p[0].item<double>(), 0.9 - 0.1 * (0.08 / 0.19) / std::sqrt(0.004996 / 0.001999), 1e-7);
  EXPECT_NEAR(m[0].item<double>(), 0.08, 1e-8);
  EXPECT_NEAR(v[0].item<double>(), 0.004996, 1e-9);
}

TEST(Adam, FollowsTheFloat64ReferenceOverTwentySteps) {
  const AdamOptions options{.learning_rate = 3e-3, .beta1 = 0.8, .beta2 = 0.99, .epsilon = 1e-6};
  auto single = fresh(at::kFloat), exact = fresh(at::kDouble);
  for (std::int64_t step = 1; step <= 20; ++step) {
    adam_step(single.parameters, gradients_of(step, at::kFloat), single.first, single.second, step, options);
    reference::adam_step(exact.parameters, gradients_of(step, at::kDouble), exact.first, exact.second, step,
                         options);
  }
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    EXPECT_LT(difference(single.parameters[i], exact.parameters[i]), 1e-6) << i;
    EXPECT_LT(difference(single.first[i], exact.first[i]), 1e-6) << i;
    EXPECT_LT(difference(single.second[i], exact.second[i]), 1e-6) << i;
  }
}

TEST(Adam, FastAndReferenceAgreeInFloat32) {
  auto a = fresh(at::kFloat), b = fresh(at::kFloat);
  for (std::int64_t step = 1; step <= 20; ++step) {
    adam_step(a.parameters, gradients_of(step, at::kFloat), a.first, a.second, step, {});
    reference::adam_step(b.parameters, gradients_of(step, at::kFloat), b.first, b.second, step, {});
  }
  for (std::size_t i = 0; i < shapes.size(); ++i)
    EXPECT_LT(difference(a.parameters[i], b.parameters[i]), 1e-6) << i;
}

TEST(Adam, AZeroGradientMovesNothing) {
  const Tensors p{normal({50}, 1)}, m{at::zeros({50})}, v{at::zeros({50})};
  const auto before = p[0].clone();
  for (std::int64_t step = 1; step <= 3; ++step) adam_step(p, {at::zeros({50})}, m, v, step, {});
  EXPECT_TRUE(identical(p[0], before));
}

TEST(Adam, ReturnsTheLengthOfTheUpdate) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    auto state = fresh(type);
    double squares = 0;
    const auto before = fresh(type);
    const double length =
        adam_step(state.parameters, gradients_of(1, type), state.first, state.second, 1, {});
    for (std::size_t i = 0; i < shapes.size(); ++i)
      squares += (state.parameters[i] - before.parameters[i]).to(at::kDouble).square().sum().item<double>();
    EXPECT_NEAR(length, std::sqrt(squares), 1e-4 * length);
    EXPECT_GT(length, 0.1);
  }
}

TEST(Adam, AnyThreadsGiveTheSameBytes) {
  const auto threads = at::get_num_threads();
  State first;
  for (const int count : {1, 2, 1, 2}) {
    at::set_num_threads(count);
    auto state = fresh(at::kFloat);
    for (std::int64_t step = 1; step <= 3; ++step)
      adam_step(state.parameters, gradients_of(step, at::kFloat), state.first, state.second, step, {});
    if (first.parameters.empty()) first = state;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      EXPECT_TRUE(identical(state.parameters[i], first.parameters[i])) << i;
      EXPECT_TRUE(identical(state.second[i], first.second[i])) << i;
    }
  }
  at::set_num_threads(threads);
}

TEST(Adam, TakesTensorsThatAreNotContiguous) {
  const auto wide = normal({6, 4}, 1), gradient = normal({4, 6}, 2);
  const Tensors p{wide.t()}, m{at::zeros({4, 6})}, v{at::zeros({4, 6})};
  const Tensors expected{wide.t().clone(at::MemoryFormat::Contiguous)}, m2{at::zeros({4, 6})},
      v2{at::zeros({4, 6})};
  adam_step(p, {gradient}, m, v, 1, {});
  adam_step(expected, {gradient}, m2, v2, 1, {});
  EXPECT_LT(difference(p[0], expected[0]), 1e-6);
}

TEST(Adam, SaysWhatItExpected) {
  const Tensors one{at::ones({3})};
  expect_says([&] { adam_step(one, {}, one, one, 1, {}); }, "[adam] expected 1 gradients, got 0");
  expect_says([&] { adam_step(one, {at::ones({4})}, one, one, 1, {}); },
              "[adam] expected gradient 0 of shape [3], got [4]");
  expect_says([&] { adam_step(one, one, {at::ones({2})}, one, 1, {}); },
              "[adam] expected moment 0 of shape [3], got [2]");
  expect_says([&] { adam_step(one, one, one, one, 0, {}); }, "[adam] expected a step from 1, got 0");
}

}  // namespace
}  // namespace pushforward::ops
