#include "pushforward/ops/conv.h"

#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

#include <limits>

#include "pushforward/ops/constant_weights.h"
#include "pushforward/ops/parallel.h"
#include "pushforward/ops/precision.h"

namespace pushforward::ops {
namespace {

struct Case {
  std::int64_t n, in, h, w, out, kernel, stride;
  Padding padding;
  std::int64_t columns = kernel, dilation = 1;
  ConvOptions options() const { return {.stride = stride, .padding = padding, .dilation = dilation}; }
  std::string text() const {
    return fmt::format("x [{}, {}, {}, {}], {} of {}×{}, stride {}, dilation {}, padding {}, {}, {}, {}", n,
                       in, h, w, out, kernel, columns, stride, dilation, padding.top, padding.left,
                       padding.bottom, padding.right);
  }
};

// By Winograd's method: tiles at every border, one tile, tiles that reach beyond the image, more images than
// fit the scratch, odd channel counts.
const std::vector<Case> strided{
    {1, 8, 4, 4, 8, 4, 2, 1},   {3, 8, 8, 12, 16, 4, 2, 1},  {2, 33, 16, 8, 17, 4, 2, 1},
    {7, 64, 4, 4, 40, 4, 2, 1}, {2, 16, 20, 20, 9, 4, 2, 1}, {41, 64, 32, 32, 24, 4, 2, 1},
    {3, 8, 6, 6, 8, 4, 2, 1},   {2, 12, 14, 10, 9, 4, 2, 1}, {2, 9, 9, 7, 8, 4, 2, {0, 1, 2, -1}},
    {2, 8, 2, 6, 8, 4, 2, 1}};
// The same of stride 1: images of whole tiles, of less than one, taps apart, paddings by side, rows and
// columns left out, nothing but padding.
const std::vector<Case> tiled{{2, 8, 8, 12, 8, 3, 1, 1},
                              {3, 9, 3, 2, 17, 3, 1, 1},
                              {2, 12, 7, 14, 9, 3, 1, 0},
                              {70, 16, 12, 13, 24, 3, 1, 1},
                              {2, 8, 11, 9, 10, 3, 1, 4, 3, 4},
                              {2, 8, 9, 10, 8, 3, 1, {2, -1, -2, 3}},
                              {2, 8, 7, 9, 12, 2, 1, {2, 1, -1, 1}, 3},
                              {3, 10, 9, 6, 9, 2, 1, {2, 2, 0, 2}, 3, 2},
                              {2, 33, 28, 28, 16, 2, 1, {8, 4, -4, 4}, 3, 4}};
// Over patches: few channels, odd sizes, other kernels, patches that are whole images, rows that no patch
// sees, many channels to few, pixels that no tap sees.
const std::vector<Case> others{
    {3, 1, 8, 8, 8, 4, 2, 1},   {2, 3, 10, 6, 5, 4, 2, 1},   {1, 8, 1, 1, 8, 3, 1, 1},
    {5, 16, 4, 4, 1, 4, 1, 0},  {4, 6, 1, 1, 9, 1, 1, 0},    {2, 3, 7, 9, 4, 3, 1, 1},
    {2, 2, 9, 9, 3, 3, 2, 0},   {1, 2, 2, 2, 3, 4, 2, 1},    {2, 1, 5, 5, 2, 5, 3, 4},
    {1, 1, 64, 64, 3, 4, 2, 1}, {70, 2, 16, 16, 4, 4, 2, 1}, {3, 9, 5, 7, 2, 3, 1, 1},
    {2, 20, 6, 4, 3, 5, 1, 2},  {2, 5, 7, 6, 4, 1, 2, 0},    {2, 6, 9, 9, 8, 2, 4, 1}};

// Kernels that are not square, paddings by side, rows and columns left out, taps apart; pixels that see
// themselves; patches of two images at once, of which the second's first sees nothing.
const std::vector<Case> windows{{2, 3, 6, 7, 4, 2, 1, {2, 1, -1, 1}, 3},
                                {2, 5, 6, 7, 4, 1, 1, {0, 1, 0, 0}, 2},
                                {3, 4, 9, 8, 6, 2, 1, {4, 4, 0, 4}, 3, 4},
                                {2, 4, 5, 6, 3, 1, 1, {0, 2, 0, 0}, 2, 2},
                                {2, 2, 8, 9, 3, 3, 2, {1, 0, 2, 3}, 2, 2},
                                {2, 6, 9, 11, 5, 4, 3, {2, -1, 1, 2}, 3, 2},
                                {2, 4, 12, 9, 5, 3, 6, {1, 4, 2, 0}, 3, 4},
                                {2, 3, 6, 5, 2, 3, 1, {-1, -2, 1, 0}, 2},
                                {3, 6, 5, 4, 7, 1, 1, 0},
                                {2, 3, 2, 3, 5, 2, 1, 0, 3},
                                {65, 7, 9, 8, 6, 1, 1, 0},
                                {3, 1000, 4, 8, 4, 2, 1, {4, 1, 0, 1}, 3}};

Op fast(const Case& c) {
  return [=](const Tensors& in) { return Tensors{conv(in[0], in[1], c.options())}; };
}
Op composed(const Case& c) {
  return [=](const Tensors& in) { return Tensors{reference::conv(in[0], in[1], c.options())}; };
}
Op fast_transpose(const Case& c) {
  return [=](const Tensors& in) { return Tensors{conv_transpose(in[0], in[1], c.options())}; };
}
Op composed_transpose(const Case& c) {
  return [=](const Tensors& in) { return Tensors{reference::conv_transpose(in[0], in[1], c.options())}; };
}

at::Tensor weight_of(const Case& c) {
  return normal({c.out, c.in, c.kernel, c.columns}, 2);
}

class Convolution : public testing::TestWithParam<Case> {};

TEST_P(Convolution, AgreesWithReferenceToTheSecondDerivative) {
  const auto& c = GetParam();
  SCOPED_TRACE(c.text());
  const auto x = normal({c.n, c.in, c.h, c.w}, 1);
  expect_agrees(fast(c), composed(c), {x, weight_of(c)});
}

TEST_P(Convolution, AddsToWhatThereIs) {
  const auto& c = GetParam();
  SCOPED_TRACE(c.text());
  const auto x = normal({c.n, c.in, c.h, c.w}, 1), weight = weight_of(c);
  const auto plus = normal(reference::conv(x, weight, c.options()).sizes(), 3);
  expect_agrees(
      [&](const Tensors& in) { return Tensors{conv(in[0], in[1], c.options(), in[2])}; },
      [&](const Tensors& in) { return Tensors{reference::conv(in[0], in[1], c.options()) + in[2]}; },
      {x, weight, plus});
}

// Operands that bfloat16 holds exactly leave the sums alone, which are float32's.
TEST_P(Convolution, InBfloat16IsFloat32OfRoundedOperands) {
  const auto& c = GetParam();
  SCOPED_TRACE(c.text());
  const auto rounded = [](const at::Tensor& x) { return x.to(at::kBFloat16).to(at::kFloat); };
  const auto x = leaf(rounded(normal({c.n, c.in, c.h, c.w}, 1))), weight = leaf(rounded(weight_of(c)));
  const auto run = [&](Precision precision) -> Tensors {
    const UsePrecision use(precision);
    const auto plus = normal(reference::conv(x, weight, c.options()).sizes(), 4);
    const auto y = conv(x, weight, c.options(), plus);
    const auto gradients = torch::autograd::grad({y}, {x, weight}, {rounded(normal(y.sizes(), 3))});
    return {y, gradients[0], gradients[1], conv(x, weight, c.options())};
  };
  const auto found = run(Precision::bfloat16), expected = run(Precision::float32);
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_LT(difference(found[i], expected[i]), 1e-5);
}

// One set of kept weights, asked by the convolution and by its transpose, and for images of two sizes.
TEST_P(Convolution, GivesOfConstantWeightsWhatItGivesWithout) {
  const auto& c = GetParam();
  SCOPED_TRACE(c.text());
  const at::NoGradGuard no_grad;
  const auto weight = leaf(weight_of(c));
  for (const auto precision : {Precision::float32, Precision::bfloat16}) {
    const UsePrecision use(precision);
    ConstantWeights weights;
    for (const std::int64_t more : {0, 3, 0}) {
      const auto x = normal({c.n, c.in, c.h + more, c.w}, 1);
      const auto y = conv(x, weight, c.options()), back = conv_transpose(y, weight, c.options());
      const UseConstantWeights constant(&weights);
      EXPECT_TRUE(conv(x, weight, c.options()).equal(y));
      EXPECT_TRUE(conv_transpose(y, weight, c.options()).equal(back));
    }
    const UseConstantWeights constant(&weights);
    // Kept by a caller that all threads help, asked by threads that work alone.
    const auto whole = normal({c.n, c.in, c.h, c.w}, 1);
    std::vector<at::Tensor> alone(2);
    parallel_for_operations(0, 2, 1, [&](std::int64_t begin, std::int64_t end) {
      for (auto i = begin; i < end; ++i)
        alone[static_cast<std::size_t>(i)] = conv(whole, weight, c.options());
    });
    for (const auto& y : alone) EXPECT_LT(difference(y, conv(whole, weight, c.options())), 1e-5);
    const auto before = conv(whole, weight, c.options());
    const auto twice = conv(whole, weight * 2, c.options());
    EXPECT_LT(difference(twice, 2 * before), 1e-6) << "what was made just now is not kept";
  }
}

// The norm of a gradient, as a gradient penalty has it, differentiated again: every operand rounds by 2⁻⁹.
TEST_P(Convolution, InBfloat16DiffersInTheSecondDerivativeByWhatRoundingMay) {
  const auto& c = GetParam();
  SCOPED_TRACE(c.text());
  const auto x = leaf(normal({c.n, c.in, c.h, c.w}, 1)), weight = leaf(weight_of(c));
  const auto run = [&](Precision precision) -> Tensors {
    const UsePrecision use(precision);
    const auto y = conv(x, weight, c.options());
    const auto grad = torch::autograd::grad({y}, {x}, {2 * y}, true, true).front();
    return torch::autograd::grad({grad.square().sum()}, {x, weight});
  };
  const auto found = run(Precision::bfloat16), expected = run(Precision::float32);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_LT((found[i] - expected[i]).norm().item<float>(), 0.02F * expected[i].norm().item<float>());
    EXPECT_FALSE(found[i].equal(expected[i])) << "it does round";
  }
}

TEST_P(Convolution, TransposeAgreesWithReferenceToTheSecondDerivative) {
  const auto& c = GetParam();
  SCOPED_TRACE(c.text());
  const auto size = [&](std::int64_t s, std::int64_t taps) {
    return (s - (taps - 1) * c.dilation - 1) / c.stride + 1;
  };
  const auto& p = c.padding;
  const auto y = normal(
      {c.n, c.out, size(c.h + p.top + p.bottom, c.kernel), size(c.w + p.left + p.right, c.columns)}, 1);
  expect_agrees(fast_transpose(c), composed_transpose(c), {y, weight_of(c)});
}

INSTANTIATE_TEST_SUITE_P(Strided, Convolution, testing::ValuesIn(strided));
INSTANTIATE_TEST_SUITE_P(Tiled, Convolution, testing::ValuesIn(tiled));
INSTANTIATE_TEST_SUITE_P(Others, Convolution, testing::ValuesIn(others));
INSTANTIATE_TEST_SUITE_P(Windows, Convolution, testing::ValuesIn(windows));

TEST(Conv, TakesEveryLayoutAndGivesChannelsLast) {
  const Case c{3, 8, 8, 8, 16, 4, 2, 1};
  const auto x = normal({c.n, c.in, c.h, c.w}, 1), weight = weight_of(c);
  const auto expected = conv(x, weight, {.stride = 2, .padding = 1});
  EXPECT_TRUE(expected.is_contiguous(at::MemoryFormat::ChannelsLast));
  for (const auto& layout : {x.contiguous(at::MemoryFormat::ChannelsLast),
                             x.permute({3, 1, 0, 2}).contiguous().permute({2, 1, 3, 0})})
    EXPECT_TRUE(identical(conv(layout, weight, {.stride = 2, .padding = 1}), expected));
  EXPECT_TRUE(identical(
      conv(x, weight.permute({2, 3, 1, 0}).contiguous().permute({3, 2, 0, 1}), {.stride = 2, .padding = 1}),
      expected));
}

TEST(Conv, GivesTheSameBytesEveryTime) {
  for (const Case& c : {Case{19, 16, 16, 16, 32, 4, 2, 1}, Case{19, 16, 14, 14, 8, 3, 1, 1},
                        Case{190, 4, 16, 16, 7, 4, 2, 0}}) {  // by tiles of both kinds, over patches
    const auto x = leaf(normal({c.n, c.in, c.h, c.w}, 1)), weight = leaf(weight_of(c));
    const auto once = [&] { return gradients(conv(x, weight, c.options()).square().sum(), {x, weight}); };
    for (const auto precision : {Precision::float32, Precision::bfloat16}) {
      const UsePrecision use(precision);
      const auto first = once(), second = once();
      EXPECT_TRUE(identical(first[0], second[0]));
      EXPECT_TRUE(identical(first[1], second[1]));
    }
  }
}

TEST(Conv, KeepsWhatItMadeOfConstantWeights) {
  const at::NoGradGuard no_grad;
  for (const Case& c : {Case{2, 16, 16, 16, 32, 4, 2, 1}, Case{2, 16, 14, 14, 16, 3, 1, 1},
                        Case{2, 4, 16, 16, 7, 5, 2, 0}})  // by tiles of both kinds, over patches
    for (const auto precision : {Precision::float32, Precision::bfloat16}) {
      const UsePrecision use(precision);
      const auto weight = leaf(weight_of(c)), x = normal({c.n, c.in, c.h, c.w}, 1);
      const auto y = conv(x, weight, c.options()), back = conv_transpose(y, weight, c.options());
      ConstantWeights weights;
      const UseConstantWeights constant(&weights);
      conv(x, weight, c.options());
      conv_transpose(y, weight, c.options());
      weight.mul_(2);  // which nothing may do meanwhile: what was made before is used
      EXPECT_TRUE(identical(conv(x, weight, c.options()), y));
      EXPECT_TRUE(identical(conv_transpose(y, weight, c.options()), back));
    }
}

TEST(Conv, LeavesOutTheGradientNobodyAskedFor) {
  const auto x = leaf(normal({2, 8, 8, 8}, 1)), weight = leaf(normal({8, 8, 4, 4}, 2));
  const auto y = conv(x, weight, {.stride = 2, .padding = 1}).sum();
  const auto both = gradients(y, {x, weight});
  EXPECT_TRUE(identical(gradients(y, {x})[0], both[0]));
  EXPECT_TRUE(identical(gradients(y, {weight})[0], both[1]));
}

TEST(Conv, KeepsNanInItsImage) {
  auto x = at::ones({3, 8, 8, 8});
  x[1][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  const auto y = conv(x, at::ones({8, 8, 4, 4}), {.stride = 2, .padding = 1});
  EXPECT_TRUE(y[0].isfinite().all().item<bool>());
  EXPECT_TRUE(y[1].isnan().any().item<bool>());
  EXPECT_TRUE(y[2].isfinite().all().item<bool>());
}

TEST(Conv, RefusesWhatDoesNotFit) {
  expect_says(
      [] {
        conv(at::zeros({1, 2, 4, 4}), at::zeros({3, 2, 3, 3}), {}, at::zeros({1, 3, 4, 4}));
      },
      "[conv] expected [1, 3, 2, 2] to add to, got [1, 3, 4, 4]");
  const auto x = at::ones({2, 3, 8, 8});
  expect_says(
      [&] {
        conv(x, at::ones({4, 2, 4, 4}), {});
      },
      "[conv] expected x [N, 2, H, W], got [2, 3, 8, 8]");
  expect_says([&] { conv(x, at::ones({4, 3, 4}), {}); }, "[conv] expected a weight [O, C, k, l]");
  expect_says([&] { conv(x, at::ones({4, 3, 9, 9}), {}); }, "[conv] expected images of at least 9×9");
  expect_says([&] { conv(x, at::ones({4, 3, 4, 4}), {.stride = 0}); }, "stride and a dilation of at least 1");
  expect_says(
      [&] {
        conv_transpose(x, at::ones({4, 3, 4, 4}), {});
      },
      "[conv_transpose] expected x [N, 4, H, W], got [2, 3, 8, 8]");
  expect_says(
      [&] {
        conv_transpose(at::ones({1, 4, 1, 1}), at::ones({4, 3, 2, 2}), {.padding = 1});
      },
      "nothing is left");
}

}  // namespace
}  // namespace pushforward::ops
