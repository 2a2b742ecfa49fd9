#include "pushforward/ops/linear.h"

#include "tests/ops/oracle.h"
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <limits>

#include "pushforward/ops/constant_weights.h"
#include "pushforward/ops/layout.h"
#include "pushforward/ops/precision.h"

namespace pushforward::ops {
namespace {

Op fast(Activation activation) {
  return [=](const Tensors& in) { return Tensors{linear(in[0], in[1], in[2], activation)}; };
}

Op composed(Activation activation) {
  return [=](const Tensors& in) { return Tensors{reference::linear(in[0], in[1], in[2], activation)}; };
}

TEST(Linear, AgreesWithReferenceOnOddSizesAndLayouts) {
  struct Size {
    std::int64_t n, in, out;
  };
  for (const auto& [n, in, out] : {Size{1, 1, 1}, Size{1, 7, 3}, Size{3, 5, 1}, Size{3, 1, 4},
                                   Size{17, 33, 19}, Size{128, 392, 64}, Size{129, 16, 40}})
    for (const auto activation : {Activation::identity, Activation::relu})
      for (const auto& [layout, x] : layouts(normal({n, in}, 1))) {
        SCOPED_TRACE(fmt::format("x [{}, {}] {}, out {}, relu {}", n, in, layout, out,
                                 activation == Activation::relu));
        expect_agrees(fast(activation), composed(activation), {x, normal({out, in}, 2), normal({out}, 3)});
      }
}

TEST(Linear, GivesWithoutGradientsWhatItGivesWithThem) {
  for (const auto precision : {Precision::float32, Precision::bfloat16})
    for (const std::int64_t n : {1, 2, 9})
      for (const auto& [in, out] :
           {std::pair<std::int64_t, std::int64_t>{1, 1}, {7, 3}, {33, 19}, {1024, 392}, {3, 0}})
        for (const auto activation : {Activation::identity, Activation::relu}) {
          const UsePrecision use(precision);
          const auto x = normal({n, in}, 1), weight = leaf(normal({out, in}, 2)), bias = normal({out}, 3);
          const auto with = linear(x, weight, bias, activation).detach();
          const at::NoGradGuard no_grad;
          SCOPED_TRACE(fmt::format("{}: {} x {} -> {}", name_of(precision), n, in, out));
          EXPECT_TRUE(at::allclose(linear(x, weight, bias, activation), with, 1e-5, 1e-4));
          ConstantWeights weights;
          const UseConstantWeights constant(&weights);
          for (int again = 0; again < 2; ++again)
            EXPECT_TRUE(at::allclose(linear(x, weight, bias, activation), with, 1e-5, 1e-4));
        }
}

TEST(Linear, KeepsWhatItMadeOfConstantWeights) {
  const UsePrecision use(Precision::bfloat16);
  const at::NoGradGuard no_grad;
  const auto x = at::ones({2, 3}), weight = leaf(at::ones({1, 3})), bias = at::zeros({1});
  const auto first = [&] { return linear(x, weight, bias)[0].item<float>(); };
  {
    ConstantWeights weights;
    const UseConstantWeights constant(&weights);
    EXPECT_EQ(first(), 3.0F);
    weight.mul_(2);
    EXPECT_EQ(first(), 3.0F) << "which nothing may change meanwhile";
    EXPECT_EQ(linear(x, weight * 2, bias)[0].item<float>(), 12.0F) << "what was made just now is not kept";
  }
  EXPECT_EQ(first(), 6.0F);
}

TEST(Linear, TakesWeightsOfAnyStrides) {
  const auto x = normal({6, 4}, 1), weight = normal({4, 5}, 2).t(), bias = normal({10}, 3).slice(0, 0, 10, 2);
  expect_agrees(fast(Activation::relu), composed(Activation::relu), {x, weight, bias});
}

TEST(Linear, GivesFeatureMajorWhateverItTakes) {
  for (const auto& [layout, x] : layouts(normal({9, 4}, 1)))
    EXPECT_TRUE(is_feature_major(linear(x, normal({3, 4}, 2), normal({3}, 3)))) << layout;
}

TEST(Linear, LeavesOutTheGradientNobodyAskedFor) {
  const auto x = normal({5, 4}, 1);
  const auto weight = leaf(normal({3, 4}, 2)), bias = leaf(normal({3}, 3));
  const auto grads = gradients(linear(x, weight, bias).sum(), {weight, bias});
  EXPECT_LT(difference(grads[0], x.sum(0).expand({3, 4})), 1e-6);
  EXPECT_LT(difference(grads[1], at::full({3}, 5.0)), 1e-6);
}

TEST(Linear, FrozenWeightsStillPassGradientsOn) {
  const auto x = leaf(normal({5, 4}, 1)), weight = normal({3, 4}, 2), bias = normal({3}, 3);
  const auto grad = gradients(linear(x, weight, bias).sum(), {x})[0];
  EXPECT_LT(difference(grad, weight.sum(0).expand({5, 4})), 1e-6);
}

TEST(Linear, KeepsNanAndInfinityInTheirSample) {
  auto x = at::ones({3, 2});
  x[1][0] = std::nan("");
  x[2][0] = std::numeric_limits<float>::infinity();
  const auto weight = at::ones({1, 2}), bias = at::zeros({1});
  for (const auto activation : {Activation::identity, Activation::relu}) {
    const auto y = linear(x, weight, bias, activation);
    const at::NoGradGuard no_grad;
    for (const std::int64_t i : {0, 1, 2})
      EXPECT_TRUE(at::equal(linear(x.slice(0, i, i + 1), weight, bias, activation).nan_to_num(-1),
                            y.slice(0, i, i + 1).nan_to_num(-1)))
          << i << " alone";
    EXPECT_EQ(y[0].item<float>(), 2.0F);
    EXPECT_TRUE(std::isnan(y[1].item<float>()));
    EXPECT_EQ(y[2].item<float>(), std::numeric_limits<float>::infinity());
  }
}

TEST(Linear, AnEmptyBatchHasNoOutputAndNoGradient) {
  const auto weight = leaf(normal({3, 4}, 2)), bias = leaf(normal({3}, 3));
  for (const auto activation : {Activation::identity, Activation::relu}) {
    const auto y = linear(at::empty({0, 4}), weight, bias, activation);
    EXPECT_EQ(y.sizes(), (at::IntArrayRef{0, 3}));
    for (const auto& grad : gradients(y.sum(), {weight, bias})) EXPECT_EQ(grad.abs().sum().item<float>(), 0);
  }
}

TEST(Linear, DerivativesInSomeInputsAreThoseInAll) {
  const Tensors in{leaf(normal({6, 4}, 1)), leaf(normal({3, 4}, 2)), leaf(normal({3}, 3))};
  for (const auto activation : {Activation::identity, Activation::relu})
    for (const bool graph : {false, true}) {
      const auto loss = weighted_sum({linear(in[0], in[1], in[2], activation)}, 5);
      const auto all = gradients(loss, in, graph);
      for (std::size_t i = 0; i < in.size(); ++i)
        EXPECT_LT(difference(gradients(loss, {in[i]}, graph)[0], all[i]), 1e-6) << i;
    }
}

TEST(Linear, Float64RunsTheReference) {
  const auto x = normal({5, 4}, 1, at::kDouble), weight = normal({3, 4}, 2, at::kDouble);
  const auto bias = normal({3}, 3, at::kDouble);
  EXPECT_TRUE(identical(linear(x, weight, bias, Activation::relu),
                        reference::linear(x, weight, bias, Activation::relu)));
}

TEST(Linear, TheSameThreadsGiveTheSameBytes) {
  const auto threads = at::get_num_threads();
  const auto x = normal({128, 392}, 1), weight = normal({512, 392}, 2), bias = normal({512}, 3);
  for (const int count : {1, 2}) {
    at::set_num_threads(count);
    Tensors first;
    for (int run = 0; run < 3; ++run) {
      const Tensors in{leaf(x), leaf(weight), leaf(bias)};
      const auto y = linear(in[0], in[1], in[2], Activation::relu);
      auto now = gradients(weighted_sum({y}, 5), in);
      now.push_back(y);
      if (run == 0) first = now;
      for (std::size_t i = 0; i < now.size(); ++i)
        EXPECT_TRUE(identical(now[i], first[i])) << count << " " << i;
    }
  }
  at::set_num_threads(threads);
}

// Operands that bfloat16 holds exactly leave the sums alone, which are float32's; gradients are made in the
// precision of what they are gradients of.
TEST(Linear, InBfloat16IsFloat32OfRoundedOperands) {
  const auto rounded = [](const at::Tensor& x) { return x.to(at::kBFloat16).to(at::kFloat); };
  for (const auto activation : {Activation::identity, Activation::relu})
    for (const bool graph : {false, true}) {
      const Tensors in{leaf(rounded(normal({129, 70}, 1))), leaf(rounded(normal({300, 70}, 2))),
                       leaf(normal({300}, 3))};
      const auto grad_y = rounded(normal({129, 300}, 4));
      const auto run = [&](Precision wanted) -> Tensors {
        at::Tensor y;
        {
          const UsePrecision use(wanted);
          y = linear(in[0], in[1], in[2], activation);
        }
        auto made = torch::autograd::grad({y}, {in[0], in[1], in[2]}, {grad_y}, true, graph);
        made.push_back(y);
        return made;
      };
      const auto found = run(Precision::bfloat16), expected = run(Precision::float32);
      for (std::size_t i = 0; i < found.size(); ++i) EXPECT_LT(difference(found[i], expected[i]), 1e-5) << i;
    }
}

TEST(Linear, InBfloat16DiffersByWhatRoundingMay) {
  const auto x = normal({64, 50}, 1), weight = normal({30, 50}, 2), bias = normal({30}, 3);
  const auto exact = linear(x, weight, bias);
  const UsePrecision use(Precision::bfloat16);
  const double off = difference(linear(x, weight, bias), exact);
  EXPECT_GT(off, 1e-4);
  EXPECT_LT(off, 1.0 / 128);  // each of two factors by at most 2⁻⁹
}

TEST(Linear, SaysWhatItExpected) {
  const auto weight = at::ones({3, 4}), bias = at::ones({3});
  expect_says([&] { linear(at::ones({2, 5}), weight, bias); }, "[linear] expected x [N, 4], got [2, 5]");
  expect_says([&] { linear(at::ones({4}), weight, bias); }, "[linear] expected x [N, 4], got [4]");
  expect_says(
      [&] {
        linear(at::ones({2, 4}), weight, at::ones({4}));
      },
      "[linear] expected bias [3], got [4]");
  expect_says(
      [&] {
        linear(at::ones({2, 4}), weight, at::ones({3, 1}));
      },
      "[linear] expected bias [3], got [3, 1]");
}

}  // namespace
}  // namespace pushforward::ops
