#include "pushforward/nn/linear_map.h"

#include "tests/nn/numeric_gradient.h"
#include "tests/ops/oracle.h"
#include <ATen/ATen.h>

#include "pushforward/nn/lipschitz_activation.h"
#include "pushforward/nn/spectral_bound.h"

namespace pushforward::nn {
namespace {

std::int64_t numbers(const std::vector<std::int64_t>& shape) {
  return at::empty(shape).numel();
}

/// The matrix of the map, column by column.
at::Tensor matrix_of(const LinearMap& map, const at::Tensor& weight) {
  std::vector<at::Tensor> columns;
  for (std::int64_t i = 0; i < numbers(map.in); ++i) {
    auto x = at::zeros({numbers(map.in)}, weight.options());
    x[i] = 1;
    columns.push_back(map.apply(weight, x.view(map.in)).reshape(-1));
  }
  return at::stack(columns, 1);
}

double norm_of(const at::Tensor& matrix) {
  return at::linalg_svdvals(matrix.detach().to(at::kDouble))[0].item<double>();
}

struct Case {
  const char* name;
  std::vector<std::int64_t> weight;
  std::int64_t height, width;  // 0: a matrix
};

class Maps : public ::testing::TestWithParam<Case> {
 protected:
  static LinearMap map_of(const at::Tensor& weight) {
    const auto& one = GetParam();
    return one.height == 0 ? matrix_map(weight) : convolution_map(weight, one.height, one.width);
  }
};

TEST_P(Maps, TransposeIsThatOfTheMatrix) {
  const auto weight = normal(GetParam().weight, 1, at::kDouble);
  const auto map = map_of(weight);
  const auto matrix = matrix_of(map, weight);
  EXPECT_EQ(matrix.sizes(), (at::IntArrayRef{numbers(map.out), numbers(map.in)}));
  const auto y = normal(map.out, 2, at::kDouble);
  EXPECT_LT(difference(map.transpose(weight, y).reshape(-1), matrix.t().mv(y.reshape(-1))), 1e-12);
}

TEST_P(Maps, PowerIterationComesFromBelowAndTheBoundIsAbove) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto weight = normal(GetParam().weight, seed, at::kDouble);
    const auto map = map_of(weight);
    const double norm = norm_of(matrix_of(map, weight));
    auto init = generator(seed);
    auto u = random_unit(map.out, init, weight.options()), v = random_unit(map.in, init, weight.options());
    double sigma = 0;
    for (int i = 0; i < 500; ++i) {
      const double next = power_step(map, weight, u, v).item<double>();
      EXPECT_GE(next, sigma * (1 - 1e-12));
      sigma = next;
    }
    EXPECT_LE(sigma, norm * (1 + 1e-12));
    EXPECT_GT(sigma, norm * 0.999);
    for (const auto type : {at::kFloat, at::kDouble}) {
      const double bound = norm_bound(map, weight.to(type));
      EXPECT_GE(bound, norm * (1 - (type == at::kFloat ? 1e-7 : 0)));
      EXPECT_LE(bound, norm * 1.006);
    }
  }
}

TEST_P(Maps, SpectralBoundKeepsToItsBound) {
  const auto weight = leaf(normal(GetParam().weight, 1, at::kDouble));
  const auto map = map_of(weight);
  auto init = generator(1);
  SpectralBound bounded(map, weight, {.bound = 0.8, .tolerance = 1e-9}, init);
  const auto matrix = matrix_of(map, weight);
  EXPECT_LT(difference(bounded(weight), weight * 0.8 / norm_of(matrix)), 1e-4);
  const auto small = weight.detach() * 0.79 / norm_of(matrix);
  EXPECT_TRUE(identical(bounded(small), small)) << "within the bound";
}

INSTANTIATE_TEST_SUITE_P(Nn, Maps,
                         ::testing::Values(Case{"Matrix", {6, 9}, 0, 0}, Case{"Row", {1, 7}, 0, 0},
                                           Case{"Convolution", {3, 2, 3, 3}, 5, 4},
                                           Case{"Narrowing", {2, 5, 3, 3}, 6, 6},
                                           Case{"OnePixel", {3, 2, 3, 3}, 1, 1},
                                           Case{"Large", {4, 4, 5, 5}, 9, 9},
                                           Case{"Pointwise", {5, 4, 1, 1}, 3, 3}),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(SpectralBound, DerivativeGoesThroughTheNorm) {
  auto init = generator(1);
  const auto weight = leaf(normal({2, 3, 3, 3}, 2, at::kDouble));
  SpectralBound bounded(convolution_map(weight, 4, 4), weight, {.tolerance = 1e-14, .max_iterations = 1000},
                        init);
  const auto loss = [&](const at::Tensor& w) { return weighted_sum({bounded(w)}, 5); };
  const auto exact = gradients(loss(weight), {weight})[0];
  EXPECT_LT(difference(exact, numeric_gradient(loss, weight, 1e-5)), 1e-6);
}

TEST(SpectralBound, EvaluationMovesNothingAndFitsAnyWeight) {
  auto init = generator(1);
  const auto weight = normal({6, 5}, 2, at::kDouble), other = normal({6, 5}, 3, at::kDouble);
  SpectralBound bounded(matrix_map(weight), weight, {.tolerance = 1e-10, .max_iterations = 1000}, init);
  const auto u = bounded.u.clone(), v = bounded.v.clone();
  bounded.eval();
  EXPECT_NEAR(norm_of(bounded(other)), 0.97, 1e-6) << "a weight that its vectors are not of";
  EXPECT_TRUE(identical(bounded.u, u) && identical(bounded.v, v));
  bounded.train();
  bounded(other);
  EXPECT_FALSE(identical(bounded.u, u));
}

TEST(SpectralBound, LeavesZeroWithTheVectorsThatItHas) {
  auto init = generator(1);
  const auto zero = at::zeros({4, 3});
  SpectralBound bounded(matrix_map(zero), zero, {}, init);
  EXPECT_TRUE(identical(bounded(zero), zero));
  EXPECT_NEAR(norm_of(bounded(normal({4, 3}, 1) * 10)), 0.97, 1e-2) << "it is not caught at zero";
}

TEST(SpectralBound, SaysWhatItExpected) {
  auto init = generator(1);
  const auto weight = at::ones({2, 3});
  for (const double bound : {0.0, 1.0, std::nan("")})
    expect_says([&] { SpectralBound(matrix_map(weight), weight, {.bound = bound}, init); },
                "[spectral bound] expected a bound in (0, 1), got");
  expect_says([&] { SpectralBound(matrix_map(weight), weight, {.tolerance = 0}, init); },
              "[spectral bound] expected a tolerance in (0, 1), got 0");
  expect_says(
      [&] {
        convolution_map(at::ones({2, 3, 2, 2}), 4, 4);
      },
      "[convolution map] expected a weight [O, C, k, k] of odd k, got [2, 3, 2, 2]");
  expect_says([&] { matrix_map(at::ones({3})); }, "[matrix map] expected a weight [out, in, …], got [3]");
}

TEST(LipschitzActivation, EachHasASlopeOfAtMostOneThatDoesNotJump) {
  for (const auto& activation : lipschitz_activations()) {
    for (const double beta : {-30.0, -1.0, 0.5, 3.0}) {
      const auto x = leaf(at::linspace(-40, 40, 80'001, at::kDouble));
      const auto y = activation.apply(x, at::full({}, beta, at::kDouble));
      const auto slope = gradients(y.sum(), {x})[0];
      EXPECT_LE(slope.abs().max().item<double>(), 1 + 1e-12) << activation.name << " " << beta;
      EXPECT_GT(slope.abs().max().item<double>(), 0.45) << activation.name << " " << beta;
      EXPECT_LT(slope.diff().abs().max().item<double>(), 1e-2) << activation.name << " " << beta;
      EXPECT_NEAR(y[40'000].item<double>(), 0, 1e-14) << activation.name;
    }
  }
  expect_usage([] { lipschitz_activation("relu"); }, "unknown activation relu: expected one of lipswish");
}

}  // namespace
}  // namespace pushforward::nn
