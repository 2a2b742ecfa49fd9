// What residual blocks have beyond what every bijector has (bijector_test.cpp).
#include "pushforward/flows/residual.h"

#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

#include <set>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/flows/inverse_error.h"
#include "pushforward/flows/residual_flow.h"
#include "pushforward/ops/precision.h"

namespace pushforward::flows {
namespace {

using Method = ResidualLogDet::Method;

/// With random weights of positive mean, so that layers add up, whose norms exceed the bound of every layer.
std::shared_ptr<ResidualBlock> block(const Event& event, const ResidualLogDet& log_det,
                                     at::ScalarType type = at::kDouble) {
  auto init = nn::generator(1);
  auto made =
      std::make_shared<ResidualBlock>(LipschitzNetOptions{.event = event, .hidden = 9}, log_det, init);
  {
    const at::NoGradGuard no_grad;
    for (auto& parameter : made->parameters())
      parameter.copy_(normal(parameter.sizes(), 3) * 0.7 + (parameter.dim() > 1 ? 0.5 : 0));
    made->forward(normal({4, size_of(event)}, 5)
                      .view(event.size() == 1 ? at::IntArrayRef{4, event[0]}
                                              : at::IntArrayRef{4, event[0], event[1], event[2]}),
                  {});
  }
  made->to(type);
  made->eval();
  return made;
}

TEST(Residual, BoundIsAboveEverySlopeAndCloseToItsGoal) {
  for (const auto& event : {Event{5}, Event{2, 5, 4}}) {
    const auto made = block(event, {});
    const double bound = made->lipschitz_bound();
    EXPECT_NEAR(bound, std::pow(0.97, 3), 0.02);
    const auto x = normal({200, size_of(event)}, 2, at::kDouble) * 3;
    auto shape = event;
    shape.insert(shape.begin(), 200);
    const auto a = x.view(shape), b = a + normal(shape, 3, at::kDouble) * 0.1;
    const at::NoGradGuard no_grad;
    const auto g = [&](const at::Tensor& at) { return made->forward(at, {}).value - at; };
    const auto slopes = (g(a) - g(b)).flatten(1).norm(2, 1) / (a - b).flatten(1).norm(2, 1);
    EXPECT_LT(slopes.max().item<double>(), bound);
  }
}

/// Σ aₙ log|det|ₙ by many independent draws: its mean and standard error, of value and of every gradient.
struct Estimate {
  at::Tensor mean, standard_error;
};

at::Tensor flat(const at::Tensor& value, const Tensors& gradients) {
  Tensors all{value.detach().view({1})};
  for (const auto& gradient : gradients) all.push_back(gradient.reshape(-1));
  return at::cat(all);
}

/// Unequal weights of three examples, repeated `copies` times: each copy has draws of its own.
Estimate estimate(ResidualBlock& of, const at::Tensor& x, const at::Tensor& weights, std::int64_t batches,
                  std::int64_t copies) {
  auto generator = nn::generator(11);
  Tensors draws;
  for (std::int64_t i = 0; i < batches; ++i) {
    const auto from = leaf(x);
    Tensors inputs{from};
    for (const auto& parameter : of.parameters()) inputs.push_back(parameter);
    const auto log_det = of.forward(from.repeat({copies, 1}), {.generator = generator}).log_det;
    const auto sum = (log_det * weights.repeat({copies})).sum() / static_cast<double>(copies);
    draws.push_back(flat(sum, gradients(sum, inputs)));
  }
  const auto all = at::stack(draws);
  return {all.mean(0), all.std(0) / std::sqrt(static_cast<double>(batches))};
}

at::Tensor exact(ResidualBlock& of, const at::Tensor& x, const at::Tensor& weights) {
  const auto from = leaf(x);
  Tensors inputs{from};
  for (const auto& parameter : of.parameters()) inputs.push_back(parameter);
  const auto sum = (of.forward(from, {}).log_det * weights).sum();
  return flat(sum, gradients(sum, inputs));
}

class Unbiased : public ::testing::TestWithParam<ResidualLogDet> {};

TEST_P(Unbiased, LogDetAndItsGradientsHaveTheMeanOfTheExact) {
  const auto x = normal({3, 4}, 7, at::kDouble), weights = at::tensor({2.0, -1.0, 0.3}, at::kDouble);
  for (const bool training : {false, true}) {
    const auto made = block({4}, GetParam());
    const auto expected = exact(*made, x, weights);
    made->train(training);  // One number of terms for a batch, so many batches; else one for each example.
    const auto found = training ? estimate(*made, x, weights, 400, 8) : estimate(*made, x, weights, 40, 200);
    const auto error = (found.mean - expected).abs() / (found.standard_error + 1e-9);
    EXPECT_LT(error.max().item<double>(), 4.5) << "standard errors, training " << training;
    EXPECT_LT((found.standard_error.norm() / expected.norm()).item<double>(), 0.1) << "it would see nothing";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Flows, Unbiased,
    ::testing::Values(ResidualLogDet{Method::roulette, Probe::rademacher, 2, 2, Roulette::geometric(0.87)},
                      ResidualLogDet{Method::roulette, Probe::gaussian, 4, 4, Roulette::geometric(0.9)},
                      ResidualLogDet{Method::roulette, Probe::rademacher, 8, 8, Roulette::poisson(4)}));

TEST(Residual, TheSeriesCutOffIsBiasedAndEndsAtTheExact) {
  const auto x = normal({1, 4}, 7, at::kDouble), weight = at::ones({1}, at::kDouble);
  const auto bias = [&](std::int64_t terms) {
    const auto made =
        block({4}, {.method = Method::power_series, .certain_terms = terms, .evaluation_terms = 1});
    const at::NoGradGuard no_grad;
    const auto draws = made->forward(x.repeat({20'000, 1}), {.generator = nn::generator(2)}).log_det;
    const double found = draws.mean().item<double>();
    const double error = draws.std().item<double>() / std::sqrt(20'000);
    return std::pair(std::abs(found - made->forward(x, {}).log_det.item<double>()), error);
  };
  const auto [short_bias, short_error] = bias(1);
  EXPECT_GT(short_bias, 5 * short_error);
  const auto [long_bias, long_error] = bias(100);
  EXPECT_LT(long_bias, 4 * long_error);
}

/// How many functions a derivative would go through.
std::size_t graph_size(const at::Tensor& of) {
  std::set<torch::autograd::Node*> seen;
  std::vector<torch::autograd::Node*> open{of.grad_fn().get()};
  while (!open.empty()) {
    auto* node = open.back();
    open.pop_back();
    if (!node || !seen.insert(node).second) continue;
    for (const auto& edge : node->next_edges()) open.push_back(edge.function.get());
  }
  return seen.size();
}

TEST(Residual, MemoryOfTheGradientDoesNotGrowWithTheTerms) {
  const auto size = [](std::int64_t terms) {
    const auto made = block({4}, {.method = Method::power_series, .certain_terms = terms});
    made->train();
    return graph_size(made->forward(normal({3, 4}, 7, at::kDouble), {.generator = nn::generator(1)}).log_det);
  };
  EXPECT_GT(size(1), 10u);
  EXPECT_EQ(size(1), size(50));
}

TEST(Residual, ManyNumbersHaveAFixedEstimateWithoutAGenerator) {
  const auto made = block({4, 5, 4}, {.method = Method::roulette});
  const at::NoGradGuard no_grad;
  const auto x = normal({3, 4, 5, 4}, 2, at::kDouble);
  const auto fixed = made->forward(x, {}).log_det;
  EXPECT_TRUE(identical(made->forward(x, {}).log_det, fixed));
  EXPECT_LT(difference(made->forward(x.slice(0, 1, 2), {}).log_det, fixed.slice(0, 1, 2)), 1e-12)
      << "of one example alone";
  const auto draws =
      made->forward(x.repeat({200, 1, 1, 1}), {.generator = nn::generator(2)}).log_det.view({200, 3});
  EXPECT_LT(((fixed - draws.mean(0)) / draws.std(0)).abs().max().item<double>(), 4) << "a draw like others";
}

TEST(Residual, InverseIsAsExactInFloat32AsWasAskedFor) {
  const auto made = block({3, 6, 6}, {}, at::kFloat), exact = block({3, 6, 6}, {}, at::kDouble);
  const at::NoGradGuard no_grad;
  const auto x = normal({5, 3, 6, 6}, 2) * 3;
  const auto y = exact->forward(x.to(at::kDouble), {}).value.to(at::kFloat);
  for (const double tolerance : {1e-1, 1e-3, 1e-5}) {  // The last is below what float32 can iterate to.
    const auto found = made->inverse(y, {.tolerance = tolerance});
    EXPECT_LE(found.error, tolerance);
    EXPECT_EQ(found.value.scalar_type(), at::kFloat);
    const auto sought = exact->inverse(y.to(at::kDouble), {.tolerance = 1e-11}).value;
    EXPECT_LE((found.value.to(at::kDouble) - sought).flatten(1).norm(2, 1).max().item<double>(), found.error);
  }
}

// What is certified of weights holds for no others, rounded ones for instance.
TEST(Residual, InverseIsInFloat32WhateverThePrecision) {
  const auto made = block({3, 6, 6}, {}, at::kFloat);
  const auto y = normal({5, 3, 6, 6}, 2);
  const auto inverse = [&](ops::Precision precision) {
    const ops::UsePrecision use(precision);
    return made->inverse(y, {.tolerance = 1e-3}).value;
  };
  EXPECT_TRUE(identical(inverse(ops::Precision::bfloat16), inverse(ops::Precision::float32)));
}

TEST(Residual, InverseSaysWhatItCannotReach) {
  const auto made = block({4}, {});
  const at::NoGradGuard no_grad;
  const auto y = normal({3, 4}, 2, at::kDouble);
  expect_says([&] { made->inverse(y, {.tolerance = 1e-16}); }, "rounding alone may make");
  expect_says([&] { made->inverse(y, {.tolerance = 1e-9, .max_iterations = 2}); },
              "in 2 iterations of at most 2");
  expect_says([&] { made->inverse(y * std::nan(""), {}); },
              "[residual block] expected an error of at most 1e-05");
  made->parameters()[0].mul_(std::nan(""));
  expect_says([&] { made->inverse(y, {}); },
              "expected a Lipschitz constant below 1 to invert, nan is certified");
}

TEST(Residual, RefusesARouletteOfInfiniteVariance) {
  auto init = nn::generator(1);
  const auto make = [&](double q, double c) {
    ResidualBlock({.event = {4}, .hidden = 3, .spectral = {.bound = c}},
                  {.method = Method::roulette, .roulette = Roulette::geometric(q)}, init);
  };
  make(0.87, 0.97);
  make(0.5, 0.8);
  expect_says([&] { make(0.8, 0.97); }, "the square of the Lipschitz constant 0.922");
  expect_says([&] { make(0.8, 1.0); }, "[spectral bound] expected a bound in (0, 1), got 1");
}

TEST(Residual, SaysWhatItExpected) {
  auto init = nn::generator(1);
  ResidualBlock made({.event = {4}, .hidden = 3}, {}, init);
  expect_says([&] { made.output({5}); }, "[residual block] expected [4], got [5]");
  expect_says(
      [&] {
        ResidualBlock({.event = {4, 4}}, {}, init);
      },
      "[lipschitz net] expected events [D] or [C, H, W], got [4, 4]");
  expect_says([&] { ResidualBlock({.event = {4}, .hidden = 0}, {}, init); },
              "at least one hidden unit, got 0");
  expect_says([&] { ResidualBlock({.event = {4}}, {.certain_terms = 0}, init); },
              "expected at least one certain term of the series, got 0");
  expect_says(
      [] {
        residual_flow({.event = {1, 14, 14}, .scales = 2});
      },
      "[squeeze] expected an image of even height and width, got [4, 7, 7]");
  expect_says([] { residual_flow({.event = {2}, .scales = 2}); },
              "[residual flow] expected 1 scale of points, got 2");
  EXPECT_EQ(made.describe(),
            "residual block, 4→3→3→4, lipswish, Lipschitz constant 0.91, exact log-determinant");
}

TEST(Residual, AWholeFlowComesBackWithinWhatItsBlocksLeave) {
  for (const bool image : {false, true}) {
    ResidualFlowOptions options{.blocks = 3};
    options.net.hidden = 8;
    if (image) {
      options.event = {1, 8, 8};
      options.scales = 2;
      options.dequantize = true;
      options.logit_alpha = 0.05;
      options.log_det.method = Method::roulette;
    }
    const auto flow = residual_flow(options);
    const at::NoGradGuard no_grad;
    for (auto& parameter : flow->parameters())
      parameter.copy_(normal(parameter.sizes(), 3) * (image ? 0.1 : 0.3));
    flow->train();
    flow->encode(image ? at::rand({4, 1, 8, 8}) : normal({4, 2}, 1), {});
    flow->eval();
    const auto z = normal({20, flow->dims()}, 4);
    const auto rough = inverse_error(*flow, z, {.tolerance = 1e-2}).max().item<double>();
    const auto fine = inverse_error(*flow, z, {.tolerance = 1e-5}).max().item<double>();
    EXPECT_LT(fine, rough);
    EXPECT_LT(rough, image ? 1e-1 : 5e-2);
    EXPECT_LT(fine, 1e-3);
  }
}

/// normflows' LipschitzMLP and LipschitzCNN, with a residual block around them; log-determinants of their
/// Jacobians in float64 (tests/goldens/residual.py).
TEST(Residual, LogDetsAreThoseOfNormflows) {
  const auto file = checkpoint::load(PUSHFORWARD_TESTS_DIR "/goldens/residual/normflows.safetensors");
  for (const std::string name : {"dense", "image"}) {
    const auto x = *file.find(name + ".x");
    const auto event = x.sizes().slice(1).vec();
    auto init = nn::generator(1);
    ResidualBlock made({.event = event, .hidden = 16, .activates_input = true}, {}, init);
    const at::NoGradGuard no_grad;
    made.to(at::kDouble);
    for (auto& [key, parameter] : nn::named_state(made)) {
      if (key.find("spectral") != std::string::npos) continue;
      const auto* given = file.find(name + "." + key);
      ASSERT_NE(given, nullptr) << name << "." << key;
      at::Tensor(parameter).copy_(given->view(parameter.sizes()));
    }
    for (int i = 0; i < 50; ++i) made.forward(x, {});
    made.eval();
    const auto y = made.forward(x, {});
    EXPECT_LT(difference(y.value, *file.find(name + ".y")), 1e-4) << name;
    EXPECT_LT((y.log_det - *file.find(name + ".log_det")).abs().max().item<double>(), 1e-4) << name;
    EXPECT_GT(file.find(name + ".log_det")->abs().min().item<double>(), 1e-2) << name;
  }
}

}  // namespace
}  // namespace pushforward::flows
