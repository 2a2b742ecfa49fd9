#include "pushforward/autoencoders/autoencoder.h"

#include "tests/ops/oracle.h"

namespace pushforward::autoencoders {
namespace {

constexpr AutoencoderOptions small{.dims = 12, .hidden = 9, .latent = 3, .seed = 4};

std::vector<std::string> names_of(const nn::NamedTensors& tensors) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  return names;
}

/// Codes and reconstructions as PyTorch would compute them.
Tensors reference(const at::Tensor& x, const Tensors& p) {
  const auto codes = at::linear(at::relu(at::linear(x, p[0], p[1])), p[2], p[3]);
  return {codes, at::linear(at::relu(at::linear(codes, p[4], p[5])), p[6], p[7])};
}

TEST(Autoencoder, NamesItsLayersAsPyTorchWould) {
  const Autoencoder model(small);
  EXPECT_EQ(
      names_of(nn::named_state(model)),
      (std::vector<std::string>{"encoder.0.weight", "encoder.0.bias", "encoder.2.weight", "encoder.2.bias",
                                "decoder.0.weight", "decoder.0.bias", "decoder.2.weight", "decoder.2.bias"}));
}

TEST(Autoencoder, ComputesWhatItSays) {
  Autoencoder model(small);
  model.to(at::kDouble);
  const auto x = normal({5, 12}, 1, at::kDouble);
  const auto expected = reference(x, model.parameters());
  EXPECT_EQ(model.encode(x).sizes(), (at::IntArrayRef{5, 3}));
  EXPECT_LT(difference(model.encode(x), expected[0]), 1e-12);
  EXPECT_LT(difference(model.decode(model.encode(x)), expected[1]), 1e-12);
  EXPECT_LT(difference(model.reconstruction_error(x), (expected[1] - x).square().sum(1) / 12), 1e-12);
  for (const auto& [layout, same] : layouts(x.to(at::kFloat))) {
    Autoencoder single(small);
    EXPECT_LT(difference(single.reconstruction_error(same), model.reconstruction_error(x)), 1e-5) << layout;
  }
}

TEST(Autoencoder, GradientsOfTheErrorAreTheReferences) {
  const Autoencoder single(small);
  const auto x = normal({7, 12}, 1);
  Tensors exact;
  for (const auto& parameter : single.parameters()) exact.push_back(leaf(parameter.to(at::kDouble)));
  const auto weights = normal({7}, 2);
  const auto found = gradients((single.reconstruction_error(x) * weights).sum(), single.parameters());
  const auto target = x.to(at::kDouble);
  const auto error = (reference(target, exact)[1] - target).square().mean(1);
  const auto expected = gradients((error * weights.to(at::kDouble)).sum(), exact);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_LT(difference(found[i], expected[i]), 1e-5) << i;
    EXPECT_GT(expected[i].abs().max().item<double>(), 0) << i;
  }
}

TEST(Autoencoder, ASeedIsItsWeights) {
  auto other = small;
  other.seed = 5;
  const Autoencoder a(small), b(small), c(other);
  EXPECT_TRUE(identical(a.parameters()[0], b.parameters()[0]));
  EXPECT_FALSE(identical(a.parameters()[0], c.parameters()[0]));
}

TEST(Autoencoder, TakesOneImageAndNone) {
  const Autoencoder model(small);
  EXPECT_EQ(model.reconstruction_error(at::zeros({1, 12})).sizes(), (at::IntArrayRef{1}));
  EXPECT_EQ(model.encode(at::zeros({0, 12})).sizes(), (at::IntArrayRef{0, 3}));
}

TEST(Autoencoder, RefusesOtherSizes) {
  const Autoencoder model(small);
  expect_says([&] { model.encode(at::zeros({2, 11})); }, "[autoencoder] expected x [N, 12], got [2, 11]");
  expect_says([&] { model.encode(at::zeros({2, 1, 3, 4})); }, "[autoencoder] expected x [N, 12]");
  expect_says([&] { model.decode(at::zeros({2, 4})); }, "[autoencoder] expected codes [N, 3], got [2, 4]");
  expect_says([] { Autoencoder({.dims = 12, .latent = 0}); }, "positive sizes, got 12 → 512 → 0");
}

}  // namespace
}  // namespace pushforward::autoencoders
