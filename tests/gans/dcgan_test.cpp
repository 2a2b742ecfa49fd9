#include "pushforward/gans/dcgan.h"

#include "tests/ops/tensors.h"
#include <gtest/gtest.h>

#include "pushforward/gans/sampling.h"

namespace pushforward::gans {
namespace {

TEST(Dcgan, MakesAndJudgesEverySizeThatHalves) {
  for (const std::int64_t size : {8, 28, 32, 64, 96, 128})
    for (const std::int64_t channels : {1, 3}) {
      SCOPED_TRACE(fmt::format("{} channels of {}", channels, size));
      const DcganOptions options{.latent = 5, .size = size, .channels = channels, .width = 4};
      auto init = nn::generator(1);
      DcganGenerator generator(options, init);
      const auto x = generate(generator, at::randn({3, 5}));
      EXPECT_EQ(x.sizes(), (std::vector<std::int64_t>{3, channels, size, size}));
      for (const auto norm : {CriticNorm::batch, CriticNorm::none, CriticNorm::spectral}) {
        DcganCritic critic(options, norm, init);
        EXPECT_EQ(critic.forward(x).sizes(), (std::vector<std::int64_t>{3}));
      }
    }
}

TEST(Dcgan, RefusesSizesThatDoNotHalve) {
  auto init = nn::generator(1);
  for (const std::int64_t size : {1, 4, 7, 9, 27, 66})
    expect_says([&] { DcganGenerator({.size = size}, init); },
                fmt::format("an image of 4 to 7 pixels doubled at least once (28, 32, 64, …), got {}", size));
  DcganCritic critic({.size = 32}, CriticNorm::none, init);
  expect_says([&] { critic.forward(at::zeros({2, 1, 64, 64})); }, "expected images that end in one value");
  DcganGenerator generator({.latent = 7}, init);
  expect_says([&] { generator.forward(at::zeros({2, 8})); }, "expected latents [N, 7], got [2, 8]");
}

TEST(Dcgan, ArithmeticIsThatOfItsConvolutions) {
  auto init = nn::generator(1);
  // Four convolutions of 4×4 kernels on half the pixels, and what remains of 4×4: PERFORMANCE's 0.2 GFLOP.
  const double layers =
      2.0 * 16 * (64 * 32 * 32 + 64.0 * 128 * 16 * 16 + 128.0 * 256 * 8 * 8 + 256.0 * 512 * 4 * 4 + 512);
  EXPECT_DOUBLE_EQ(DcganCritic({}, CriticNorm::batch, init).forward_flop(), layers);
  EXPECT_DOUBLE_EQ(DcganGenerator({}, init).forward_flop(), layers + 2.0 * 16 * 512 * 99);
}

TEST(Dcgan, NormalInitialisationIsTheDcganPapers) {
  auto init = nn::generator(1);
  DcganCritic critic({.initialisation = Initialisation::normal}, CriticNorm::batch, init);
  for (const auto& item : critic.named_parameters()) {
    const auto& p = item.value();
    if (p.dim() == 4) {
      EXPECT_NEAR(p.std().item<double>(), 0.02, 0.002) << item.key();
    } else if (item.key().ends_with("weight")) {
      EXPECT_NEAR(p.mean().item<double>(), 1, 0.01) << item.key();
    } else {
      EXPECT_EQ(p.abs().max().item<double>(), 0) << item.key();
    }
  }
}

TEST(Dcgan, SpectralNormBoundsEveryLayer) {
  auto init = nn::generator(1);
  DcganCritic critic({.size = 32, .width = 8, .initialisation = Initialisation::normal}, CriticNorm::spectral,
                     init);
  // From the start, of the weights that are there: σ to a few percent.
  for (const auto& layer : critic.children()[0]->children()) {
    const auto named = nn::named_state(*layer);
    at::Tensor weight, u, v;
    for (const auto& [name, tensor] : named)
      (name == "weight" ? weight : name == "spectral_norm.u" ? u : v) = tensor;
    const auto matrix = weight.detach().flatten(1);
    const auto sigma = u.dot(matrix.mv(v)).item<double>();
    EXPECT_NEAR(sigma, at::linalg_matrix_norm(matrix, 2).item<double>(), 0.1 * sigma);
  }
  const auto x = at::randn({4, 1, 32, 32}), y = x + 1e-2 * at::randn({4, 1, 32, 32});
  for (int i = 0; i < 20; ++i) critic.forward(x);  // the power iterations settle
  // Each weight is a contraction as a matrix; a pixel is seen by at most 4 of the patches of 4×4, stride 2.
  const auto change = (critic.forward(x) - critic.forward(y)).abs();
  EXPECT_TRUE((change <= 16 * (x - y).flatten(1).norm(2, {1})).all().item<bool>());
}

}  // namespace
}  // namespace pushforward::gans
