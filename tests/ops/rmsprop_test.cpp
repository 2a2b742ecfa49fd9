#include "pushforward/ops/rmsprop.h"

#include "tests/ops/optimised.h"
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace pushforward::ops {
namespace {

TEST(RmsProp, TwoStepsByHand) {
  // lr 0.1, α 0.9, g = 2 then −1: v₁ = 0.4, v₂ = 0.46.
  const Tensors p{at::ones({1})}, v{at::zeros({1})};
  const RmsPropOptions options{.learning_rate = 0.1, .alpha = 0.9, .epsilon = 0.5};
  EXPECT_NEAR(rmsprop_step(p, {at::full({1}, 2.0F)}, v, options), 0.2 / (std::sqrt(0.4) + 0.5), 1e-7);
  EXPECT_NEAR(p[0].item<double>(), 1 - 0.2 / (std::sqrt(0.4) + 0.5), 1e-7);
  rmsprop_step(p, {at::full({1}, -1.0F)}, v, options);
  EXPECT_NEAR(p[0].item<double>(), 1 - 0.2 / (std::sqrt(0.4) + 0.5) + 0.1 / (std::sqrt(0.46) + 0.5), 1e-7);
  EXPECT_NEAR(v[0].item<double>(), 0.46, 1e-7);
}

TEST(RmsProp, FollowsTheFloat64ReferenceOverTwentySteps) {
  const RmsPropOptions options{.learning_rate = 3e-3, .alpha = 0.8, .epsilon = 1e-6};
  auto single = fresh(at::kFloat), exact = fresh(at::kDouble);
  for (std::int64_t step = 1; step <= 20; ++step) {
    const double a = rmsprop_step(single.parameters, gradients_of(step, at::kFloat), single.second, options);
    const double b =
        reference::rmsprop_step(exact.parameters, gradients_of(step, at::kDouble), exact.second, options);
    EXPECT_NEAR(a, b, 1e-4 * b);  // Summed in float32 within a piece, by one lane where there are no vectors.
  }
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    EXPECT_LT(difference(single.parameters[i], exact.parameters[i]), 1e-6) << i;
    EXPECT_LT(difference(single.second[i], exact.second[i]), 1e-6) << i;
  }
}

TEST(RmsProp, AnyThreadsGiveTheSameBytes) {
  const auto threads = at::get_num_threads();
  State first;
  double length = 0;
  for (const int count : {1, 2, 1, 2}) {
    at::set_num_threads(count);
    auto state = fresh(at::kFloat);
    double now = 0;
    for (std::int64_t step = 1; step <= 3; ++step)
      now = rmsprop_step(state.parameters, gradients_of(step, at::kFloat), state.second, {});
    if (first.parameters.empty()) {
      first = state;
      length = now;
    }
    EXPECT_EQ(now, length);
    for (std::size_t i = 0; i < shapes.size(); ++i)
      EXPECT_TRUE(identical(state.parameters[i], first.parameters[i])) << i;
  }
  at::set_num_threads(threads);
}

TEST(RmsProp, TakesTensorsThatLieDifferently) {
  const auto wide = normal({6, 4}, 1), gradient = normal({4, 6}, 2);
  const Tensors p{wide.t()}, v{at::zeros({4, 6})};
  const Tensors expected{wide.t().clone(at::MemoryFormat::Contiguous)}, v2{at::zeros({4, 6})};
  rmsprop_step(p, {gradient}, v, {});
  rmsprop_step(expected, {gradient}, v2, {});
  EXPECT_LT(difference(p[0], expected[0]), 1e-6);
}

TEST(RmsProp, SaysWhatItExpected) {
  const Tensors one{at::ones({3})};
  expect_says([&] { rmsprop_step(one, {}, one, {}); }, "[rmsprop] expected 1 gradients, got 0");
  expect_says([&] { rmsprop_step(one, one, {at::ones({2})}, {}); },
              "[rmsprop] expected moment 0 of shape [3], got [2]");
}

}  // namespace
}  // namespace pushforward::ops
