#include "pushforward/gans/mlp.h"

#include "tests/gans/networks.h"

namespace pushforward::gans {
namespace {

TEST(Mlp, NamesFollowSequential) {
  auto init = nn::generator(1);
  MlpGenerator generator({.latent = 3, .hidden = {8}, .dims = 2}, init);
  EXPECT_EQ(nn::names_of(nn::named_state(generator)),
            (std::vector<std::string>{"model.0.weight", "model.0.bias", "model.2.weight", "model.2.bias"}));
  EXPECT_EQ(generator.latent(), 3);
  EXPECT_EQ(generator.forward(at::zeros({5, 3})).sizes(), (at::IntArrayRef{5, 2}));
  MlpCritic critic({.hidden = {8}, .spectral_norm = true}, init);
  EXPECT_EQ(nn::names_of(nn::named_state(critic)),
            (std::vector<std::string>{"model.0.weight", "model.0.bias", "model.2.weight", "model.2.bias",
                                      "model.0.spectral_norm.u", "model.0.spectral_norm.v",
                                      "model.2.spectral_norm.u", "model.2.spectral_norm.v"}));
  expect_says([&] { critic.forward(at::zeros({5})); }, "[mlp critic] expected points [N, D], got [5]");
}

TEST(Mlp, CriticIsItsFormula) {
  for (const double slope : {0.0, 0.2}) {
    auto init = nn::generator(1);
    MlpCritic critic({.dims = 3, .hidden = {8, 7}, .slope = slope}, init);
    const auto p = critic.parameters();
    const auto x = normal({6, 3}, 2);
    auto y = at::leaky_relu(at::linear(x, p[0], p[1]), slope);
    y = at::leaky_relu(at::linear(y, p[2], p[3]), slope);
    const auto output = critic.forward(x);
    EXPECT_EQ(output.sizes(), (at::IntArrayRef{6}));
    EXPECT_LT(difference(output, at::linear(y, p[4], p[5]).squeeze(1)), 1e-6);
  }
}

TEST(Mlp, ScaleIsTheSizeOfTheData) {
  auto init = nn::generator(1), again = nn::generator(1);
  MlpGenerator unit({.hidden = {8}}, init), wide({.hidden = {8}, .scale = 4}, again);
  const auto z = normal({6, 2}, 2);
  EXPECT_LT(difference(wide.forward(z), 4 * unit.forward(z)), 1e-6);
  auto for_critic = nn::generator(1), for_other = nn::generator(1);
  MlpCritic small({.hidden = {8}}, for_critic), large({.hidden = {8}, .scale = 4}, for_other);
  EXPECT_LT(difference(large.forward(4 * z), 4 * small.forward(z)), 1e-6);
}

TEST(Mlp, SpectralNormMakesTheCriticOneLipschitz) {
  auto init = nn::generator(1);
  MlpCritic critic({.dims = 3, .hidden = {32, 32}, .slope = 0.2, .spectral_norm = true}, init);
  {
    const at::NoGradGuard no_grad;
    for (auto& p : critic.parameters()) p.mul_(20);
  }
  const auto x = leaf(normal({64, 3}, 2));
  for (int i = 0; i < 20; ++i) critic.forward(x);
  const auto slopes = gradients(critic.forward(x).sum(), {x})[0].norm(2, 1);
  EXPECT_LT(slopes.max().item<double>(), 1.01);
  EXPECT_GT(slopes.max().item<double>(), 0.01);
}

}  // namespace
}  // namespace pushforward::gans
