#include "pushforward/nn/muon.h"

#include "tests/nn/gaussian.h"

namespace pushforward::nn {
namespace {

/// A parameter of every rank.
struct Mixed : Module {
  Mixed() {
    register_parameter("conv", normal({4, 2, 3, 3}, 1));
    register_parameter("position", normal({2, 5, 5}, 2));
    register_parameter("matrix", normal({6, 5}, 3));
    register_parameter("column", normal({6, 1}, 4));
    register_parameter("bias", normal({4}, 5));
    register_parameter("beta", at::full({}, 0.5));
  }
};

void update(Optimiser& optimiser, std::int64_t step) {
  std::vector<at::Tensor> gradients;
  for (const auto& p : optimiser.parameters())
    gradients.push_back(normal(p.sizes(), static_cast<std::uint64_t>(10 * step + p.dim())));
  optimiser.set_gradients(gradients);
  optimiser.update(step, 0.01);
}

TEST(Muon, WhatIsNoProductsWeightTakesAdam) {
  const Mixed mixed, other;
  const ops::AdamOptions adam{.beta1 = 0.5, .epsilon = 1e-6};
  const auto muon = optimiser(mixed, ops::MuonOptions{.adam = adam}), expected = optimiser(other, adam);
  EXPECT_EQ(names_of(muon->state()),
            (std::vector<std::string>{"momentum.conv", "momentum.matrix", "first_moment.position",
                                      "first_moment.column", "first_moment.bias", "first_moment.beta",
                                      "second_moment.position", "second_moment.column", "second_moment.bias",
                                      "second_moment.beta"}));
  for (std::int64_t step = 1; step <= 3; ++step) {
    update(*muon, step);
    update(*expected, step);
  }
  for (std::size_t i = 0; i < 6; ++i) {
    const auto& name = muon->names()[i];
    EXPECT_EQ(identical(muon->parameters()[i], expected->parameters()[i]), name != "conv" && name != "matrix")
        << name;
  }
}

TEST(Muon, ContinuesFromItsState) {
  const Mixed through, stopped, resumed;
  const auto one = optimiser(through, ops::MuonOptions{}), first = optimiser(stopped, ops::MuonOptions{}),
             second = optimiser(resumed, ops::MuonOptions{});
  for (std::int64_t step = 1; step <= 4; ++step) update(*one, step);
  for (std::int64_t step = 1; step <= 2; ++step) update(*first, step);
  const auto put = [](const at::Tensor& into, const at::Tensor& from) {
    const at::NoGradGuard no_grad;
    at::Tensor(into).copy_(from);
  };
  for (std::size_t i = 0; i < first->parameters().size(); ++i)
    put(second->parameters()[i], first->parameters()[i]);
  const auto from = first->state(), into = second->state();
  for (std::size_t i = 0; i < from.size(); ++i) put(into[i].second, from[i].second);
  for (std::int64_t step = 3; step <= 4; ++step) update(*second, step);
  for (std::size_t i = 0; i < one->parameters().size(); ++i)
    EXPECT_TRUE(identical(one->parameters()[i], second->parameters()[i])) << one->names()[i];
  expect_identical(one->state(), second->state());
}

}  // namespace
}  // namespace pushforward::nn
