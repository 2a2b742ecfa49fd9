#include "pushforward/nn/spectral_norm.h"

#include "tests/nn/numeric_gradient.h"
#include "tests/ops/oracle.h"
#include <ATen/ATen.h>

namespace pushforward::nn {
namespace {

at::Tensor largest_singular_value(const at::Tensor& weight) {
  return std::get<1>(at::linalg_svd(weight.detach().flatten(1).to(at::kDouble), false))[0];
}

TEST(SpectralNorm, ConvergesToTheLargestSingularValue) {
  for (const auto& shape : {at::DimVector{7, 5}, {5, 7}, {1, 9}, {6, 3, 4, 4}}) {
    auto init = generator(1);
    const auto weight = normal(shape, 2, at::kDouble);
    SpectralNorm normalise(weight, init);
    at::Tensor normalised;
    for (int i = 0; i < 200; ++i) normalised = normalise(weight, true);
    EXPECT_LT(difference(normalised, weight / largest_singular_value(weight)), 1e-9) << shape[0];
  }
}

TEST(SpectralNorm, OneCallIsOneIteration) {
  auto init = generator(1);
  const auto weight = normal({6, 4}, 2, at::kDouble);
  SpectralNorm normalise(weight, init);
  normalise.u.copy_(at::ones({6}) / std::sqrt(6.0));
  const auto v = at::mv(weight.t(), normalise.u), unit = v / v.norm();
  const auto wv = weight.mv(unit);
  EXPECT_LT(difference(normalise(weight, true), weight / wv.norm()), 1e-12);
  EXPECT_LT(difference(normalise.u, wv / wv.norm()), 1e-12);
  EXPECT_LT(difference(normalise.v, unit), 1e-12);
  const auto u = normalise.u.clone();
  EXPECT_LT(difference(normalise(weight, false), weight / wv.norm()), 1e-12) << "as it is";
  EXPECT_TRUE(identical(normalise.u, u));
}

TEST(SpectralNorm, DerivativeGoesThroughTheNorm) {
  auto init = generator(1);
  const auto weight = leaf(normal({4, 3, 2, 2}, 2, at::kDouble));
  SpectralNorm normalise(weight, init);
  const auto loss = [&](const at::Tensor& w) { return weighted_sum({normalise(w, false)}, 5); };
  const auto exact = gradients(loss(weight), {weight})[0];
  EXPECT_LT(difference(exact, numeric_gradient(loss, weight, 1e-6)), 1e-8);
}

TEST(SpectralNorm, ALaterCallDoesNotDisturbAnEarlierDerivative) {
  auto init = generator(1);
  const auto weight = leaf(normal({6, 4}, 2, at::kDouble));
  SpectralNorm normalise(weight, init);
  const auto first = weighted_sum({normalise(weight, true)}, 5);
  const auto expected = gradients(weighted_sum({normalise(weight, false)}, 5), {weight})[0];
  for (int i = 0; i < 3; ++i) normalise(weight, true);
  EXPECT_TRUE(identical(gradients(first, {weight})[0], expected));
}

TEST(SpectralNorm, AZeroWeightStaysZero) {
  auto init = generator(1);
  const auto weight = leaf(at::zeros({3, 2}));
  SpectralNorm normalise(weight, init);
  const auto normalised = normalise(weight, true);
  EXPECT_TRUE(identical(normalised, at::zeros({3, 2})));
  EXPECT_TRUE(at::isfinite(gradients(normalised.sum(), {weight})[0]).all().item<bool>());
}

TEST(SpectralNorm, SaysWhatItExpected) {
  auto init = generator(1);
  expect_says([&] { SpectralNorm(at::ones({3}), init); },
              "[spectral norm] expected a weight [out, in, …], got [3]");
  SpectralNorm normalise(at::ones({3, 2}), init);
  expect_says(
      [&] {
        normalise(at::ones({3, 4}), true);
      },
      "[spectral norm] expected a weight [3, …] of 6 values, got [3, 4]");
}

}  // namespace
}  // namespace pushforward::nn
