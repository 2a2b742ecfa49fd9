#include "pushforward/ops/muon.h"

#include "tests/ops/optimised.h"
#include <gtest/gtest.h>

namespace pushforward::ops {
namespace {

TEST(Muon, SingularValuesBecomeAboutOneAndSingularVectorsStay) {
  for (const auto& shape : {at::DimVector{24, 64}, {64, 24}, {2, 3}}) {
    const auto matrix = normal(shape, 1);
    const auto result = orthogonalised(matrix);
    const auto values = at::linalg_svdvals(result);
    EXPECT_GT(values.min().item<double>(), 0.65) << shape[0];
    EXPECT_LT(values.max().item<double>(), 1.25) << shape[0];
    // U s' Vᵀ (U s Vᵀ)ᵀ = U s's Uᵀ, of positive eigenvalues.
    const auto both = result.mm(matrix.t());
    EXPECT_LT(difference(both, both.t()), 1e-4 * both.abs().max().item<double>()) << shape[0];
    EXPECT_GT(both.trace().item<double>(), 0);
    EXPECT_LT(difference(result, orthogonalised(matrix.to(at::kDouble))), 1e-4);
    EXPECT_LT(difference(result, orthogonalised(1e-9 * matrix)), 1e-4) << "whatever its scale";
  }
}

TEST(Muon, TwoStepsOfAConvolutionAreThoseOfItsMatrix) {
  const MuonOptions options{.learning_rate = 0.01, .momentum = 0.75};
  const auto start = normal({6, 3, 2, 3}, 1), g1 = normal({6, 3, 2, 3}, 2), g2 = normal({6, 3, 2, 3}, 3);
  const Tensors p{start.clone()}, m{at::zeros_like(start)};
  const double rate = 0.2 * std::sqrt(18.0) * 0.01;
  const double moved = muon_step(p, {g1}, m, options);
  const auto once = start - rate * orthogonalised(g1.view({6, 18})).view(start.sizes());
  EXPECT_LT(difference(p[0], once), 1e-5);
  EXPECT_NEAR(moved, (p[0] - start).norm().item<double>(), 1e-5);
  EXPECT_NEAR(moved / std::sqrt(108.0), 0.2 * 0.01, 0.05 * 0.01) << "the root mean square of Adam's updates";
  muon_step(p, {g2}, m, options);
  const auto momentum = 0.75 * g1 + g2;
  EXPECT_LT(difference(m[0], momentum), 1e-6);
  const auto ahead = (g2 + 0.75 * momentum).view({6, 18});
  EXPECT_LT(difference(p[0], once - rate * orthogonalised(ahead).view(start.sizes())), 1e-5);
}

TEST(Muon, NothingMovesWithoutAGradient) {
  const Tensors p{normal({3, 4}, 1)}, m{at::zeros({3, 4})};
  const auto start = p[0].clone();
  EXPECT_EQ(muon_step(p, {at::zeros({3, 4})}, m, {}), 0);
  EXPECT_TRUE(identical(p[0], start));
}

TEST(Muon, AShapeDecides) {
  for (const auto& shape : {at::DimVector{2, 3}, {3, 2}, {4, 1, 3, 3}, {2, 2, 1, 1}})
    EXPECT_TRUE(is_orthogonalised(at::zeros(shape))) << shape.size();
  for (const auto& shape :
       {at::DimVector{}, {3}, {3, 1}, {1, 3}, {3, 4, 4}, {1, 3, 3, 3}, {3, 1, 1, 1}, {0, 3}})
    EXPECT_FALSE(is_orthogonalised(at::zeros(shape))) << shape.size();
}

TEST(Muon, SaysWhatItExpected) {
  const Tensors one{at::ones({3, 2})}, bias{at::ones({3})};
  expect_says([&] { muon_step(one, {}, one, {}); }, "[muon] expected 1 gradients, got 0");
  expect_says([&] { muon_step(bias, bias, bias, {}); },
              "[muon] expected parameter 0 to be a product's weight, got 1 dimensions");
  expect_says([&] { orthogonalised(bias[0]); }, "[muon] expected a matrix, got 1 dimensions");
}

}  // namespace
}  // namespace pushforward::ops
