#include "pushforward/gans/space.h"

#include "tests/gans/networks.h"

#include "pushforward/gans/adversarial.h"

namespace pushforward::gans {
namespace {

TEST(Space, ImagesAreSymmetricAndChannelsLastInside) {
  const auto x = at::rand({2, 3, 4, 4});
  const auto y = to_network(x, Space::images);
  EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_LT(difference(y, 2 * x - 1), 1e-7);
  EXPECT_LT(difference(from_network(y, Space::images), x), 1e-6);
  EXPECT_EQ(from_network(at::full({1, 1, 1, 1}, 1.5), Space::images).item<double>(), 1.0);
  expect_says(
      [] {
        to_network(at::zeros({2, 3}), Space::images);
      },
      "[gans] expected images [N, C, H, W], got [2, 3]");
}

TEST(Space, PointsAreThemselves) {
  const auto x = normal({5, 2}, 1) * 10;
  EXPECT_TRUE(identical(to_network(x, Space::points), x));
  EXPECT_TRUE(identical(from_network(x, Space::points), x));
}

/// A batch normalisation of latents as images [N, 1, 1, 2].
class Normaliser : public Generator {
 public:
  Normaliser() : Generator(2) {
    mean = register_buffer("running_mean", at::full({2}, 3.0F));
    variance = register_buffer("running_var", at::full({2}, 4.0F));
  }
  at::Tensor forward(const at::Tensor& z) override {
    return at::batch_norm(z, {}, {}, mean, variance, is_training(), 0.1, 0, false).view({-1, 1, 1, 2});
  }
  at::Tensor mean, variance;
};

TEST(Generate, UsesTheStatisticsAskedForAndKeepsThem) {
  Normaliser network;
  const auto z = normal({300, 2}, 1);
  const auto running = generate(network, z), batch = generate(network, z, Statistics::batch);
  EXPECT_LT(difference(running.view({300, 2}), (z - 3) / 2), 1e-6);
  EXPECT_LT(difference(batch.view({300, 2}), (z - z.mean(0)) / z.std(0, false)), 1e-5);
  EXPECT_TRUE(identical(network.mean, at::full({2}, 3.0F)));
  EXPECT_TRUE(network.is_training());
  EXPECT_FALSE(running.requires_grad());
}

/// A network on another device than the CPU, of shapes without numbers.
class Elsewhere : public Generator {
 public:
  Elsewhere() : Generator(5) { weight = register_parameter("weight", at::empty({5, 3}, at::kMeta)); }
  at::Tensor forward(const at::Tensor& z) override { return z.matmul(weight); }
  at::Tensor weight;
};

TEST(Generate, GoesWhereTheNetworkIs) {
  Elsewhere network;
  const auto z = latents(300, network, nn::generator(1));
  EXPECT_EQ(z.device(), at::Device(at::kMeta));
  const auto points = generate(network, z);
  EXPECT_EQ(points.device(), at::Device(at::kMeta));
  EXPECT_EQ(points.sizes(), (at::IntArrayRef{300, 3}));
}

TEST(Generate, SamplesOfAnImageModelAreInUnitRange) {
  const auto normaliser = std::make_shared<Normaliser>();
  Adversarial model(normaliser, std::make_shared<LinearCritic>(at::ones({2})), {});
  const auto images = model.sample(40, nn::generator(1));
  EXPECT_EQ(images.sizes(), (at::IntArrayRef{40, 1, 1, 2}));
  EXPECT_GE(images.min().item<double>(), 0);
  EXPECT_LE(images.max().item<double>(), 1);
  const auto expected = ((latents(40, *normaliser, nn::generator(1)) - 3) / 2 / 2 + 0.5).clamp(0, 1);
  EXPECT_LT(difference(images.view({40, 2}), expected), 1e-6);
}

}  // namespace
}  // namespace pushforward::gans
