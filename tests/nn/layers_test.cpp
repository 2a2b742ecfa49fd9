#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

#include "pushforward/nn/mlp.h"

namespace pushforward::nn {
namespace {

TEST(Generator, AStreamIsItsKeys) {
  auto a = generator(7), b = generator(7), c = generator(8);
  const auto draw = [](at::Generator& from) { return at::empty({20}).normal_(0.0, 1.0, from); };
  const auto first = draw(a);
  EXPECT_TRUE(identical(draw(b), first));
  EXPECT_FALSE(identical(draw(c), first));
  EXPECT_FALSE(identical(draw(a), first)) << "a generator moves on";
}

TEST(Linear, StartsAsPyTorchDoes) {
  auto init = generator(1);
  const Linear layer(100, 300, init), wider(100, 300, init, 400);
  for (const auto& [linear, bound] : {std::pair{&layer, 0.1}, std::pair{&wider, 0.05}})
    for (const auto& tensor : {linear->weight, linear->bias}) {
      EXPECT_LE(tensor.abs().max().item<double>(), bound);
      EXPECT_GT(tensor.abs().max().item<double>(), 0.95 * bound);
    }
  // U(−b, b) has variance b²/3; its estimate from 30,000 draws is good to 1 %.
  EXPECT_NEAR(layer.weight.var().item<double>(), 0.01 / 3, 0.02 * 0.01 / 3);
  EXPECT_TRUE(layer.weight.requires_grad() && layer.bias.requires_grad());
}

TEST(Linear, TheSameSeedGivesTheSameWeights) {
  auto a = generator(1), b = generator(1);
  EXPECT_TRUE(identical(Linear(5, 4, a).weight, Linear(5, 4, b).weight));
}

TEST(Linear, RefusesSizesThatAreNotPositive) {
  auto init = generator(1);
  expect_says([&] { Linear(0, 4, init); }, "[linear] expected positive sizes, got 0 and 4");
  expect_says([&] { Linear(4, -1, init); }, "[linear] expected positive sizes, got 4 and -1");
}

TEST(Mlp, IsLinearLayersWithReluBetween) {
  auto init = generator(1);
  const Mlp mlp({.sizes = {6, 5, 4, 3}}, init);
  ASSERT_EQ(mlp.layers.size(), 3u);
  const Op composed = [&](const Tensors& in) {
    auto x = in[0];
    for (std::size_t i = 0; i < 3; ++i) {
      x = at::addmm(mlp.layers[i]->bias.to(x.scalar_type()), x,
                    mlp.layers[i]->weight.to(x.scalar_type()).t());
      if (i < 2) x = at::relu(x);
    }
    return Tensors{x};
  };
  expect_agrees([&](const Tensors& in) { return Tensors{mlp.forward(in[0])}; }, composed,
                {normal({9, 6}, 2)});
}

TEST(Mlp, OneLayerHasNoActivation) {
  auto init = generator(1);
  const Mlp mlp({.sizes = {3, 2}}, init);
  EXPECT_LT(mlp.forward(normal({50, 3}, 2)).min().item<float>(), 0.0F);
}

TEST(Mlp, NamesItsLayersAsPyTorchsSequential) {
  auto init = generator(1);
  const Mlp mlp({.sizes = {6, 5, 4}}, init);
  std::vector<std::string> lines;
  for (const auto& [name, tensor] : named_state(mlp))
    lines.push_back(fmt::format("{} {}", name, tensor.sizes()));
  EXPECT_EQ(lines,
            (std::vector<std::string>{"0.weight [5, 6]", "0.bias [5]", "2.weight [4, 5]", "2.bias [4]"}));
}

TEST(Mlp, FanInWidensOnlyTheFirstLayer) {
  auto init = generator(1);
  const Mlp mlp({.sizes = {50, 100, 100}, .fan_in = 400}, init);
  EXPECT_LE(mlp.layers[0]->weight.abs().max().item<double>(), 0.05);
  EXPECT_GT(mlp.layers[1]->weight.abs().max().item<double>(), 0.095);
}

TEST(Mlp, RefusesASingleSize) {
  auto init = generator(1);
  expect_says([&] { Mlp({.sizes = {3}}, init); },
              "[mlp] expected at least an input and an output size, got 1 sizes");
}

TEST(NamedState, IsTheTensorsThemselvesParametersFirst) {
  struct Counter : Module {
    Counter() {
      register_buffer("count", at::zeros({1}));
      weight = register_parameter("weight", at::ones({2}));
    }
    at::Tensor weight;
  } counter;
  const auto state = named_state(counter);
  ASSERT_EQ(state.size(), 2u);
  EXPECT_EQ(state[0].first, "weight");
  EXPECT_EQ(state[1].first, "count");
  const at::NoGradGuard no_grad;
  at::Tensor(state[0].second).fill_(3);
  EXPECT_EQ(counter.weight[1].item<float>(), 3.0F);
}

}  // namespace
}  // namespace pushforward::nn
