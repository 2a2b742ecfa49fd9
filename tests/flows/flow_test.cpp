#include "pushforward/flows/flow.h"

#include "tests/flows/multiscale.h"
#include "tests/flows/toys.h"
#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

#include "pushforward/flows/models.h"
#include "pushforward/flows/preprocessing.h"

namespace pushforward::flows {
namespace {

std::shared_ptr<Flow> plane(RealNvpOptions options = {}, double spread = 0.6) {
  options.dims = 2;
  options.hidden = 16;
  options.couplings = 4;
  auto flow = real_nvp(options);
  const at::NoGradGuard no_grad;
  std::uint64_t seed = 1;
  for (auto& parameter : flow->parameters()) parameter.copy_(normal(parameter.sizes(), seed++) * spread);
  return flow;
}

/// ∫ p over [low, high]² by the midpoint rule.
double integral(Flow& flow, double low, double high, std::int64_t points) {
  const at::NoGradGuard no_grad;
  const double step = (high - low) / static_cast<double>(points);
  const auto axis = low + step * (at::arange(points, at::kDouble) + 0.5);
  const auto x = axis.view({-1, 1}).expand({points, points}).reshape({-1});
  const auto y = axis.view({1, -1}).expand({points, points}).reshape({-1});
  const auto log_prob = flow.log_prob(at::stack({x, y}, 1).to(at::kFloat));
  return at::exp(log_prob.to(at::kDouble)).sum().item<double>() * step * step;
}

TEST(Flow, DensityIntegratesToOne) {
  EXPECT_NEAR(integral(*plane({}, 0.4), -15, 15, 900), 1.0, 2e-3);
  // Latents reach beyond [0, 1] by α/(1 − 2α) on both sides.
  const double margin = 0.05 / 0.9;
  EXPECT_NEAR(integral(*plane({.logit_alpha = 0.05}, 0.3), -margin, 1 + margin, 700), 1.0, 5e-3);
}

TEST(Flow, SamplesEncodeToTheStandardNormal) {
  const auto flow = plane();
  const std::int64_t n = 40000;
  const auto x = flow->sample(n, 1.0, nn::generator(5));
  EXPECT_TRUE(x.is_contiguous());
  const at::NoGradGuard no_grad;
  const auto z = flow->encode(x).value.to(at::kDouble);
  const double se = 1 / std::sqrt(static_cast<double>(n));
  EXPECT_LT(z.mean(0).abs().max().item<double>(), 4 * se);
  EXPECT_LT((z.square().mean(0) - 1).abs().max().item<double>(), 4 * std::sqrt(2.0) * se);
  EXPECT_LT((z.select(1, 0) * z.select(1, 1)).mean().abs().item<double>(), 4 * se);
}

TEST(Flow, TemperatureScalesTheLatents) {
  const auto flow = plane();
  const at::NoGradGuard no_grad;
  const auto z = flow->encode(flow->sample(500, 1.0, nn::generator(5))).value;
  const auto cool = flow->encode(flow->sample(500, 0.25, nn::generator(5))).value;
  EXPECT_LT(difference(cool, z * 0.25), 1e-3);
  const auto frozen = flow->sample(3, 0.0, nn::generator(5));
  EXPECT_LT(difference(frozen, flow->decode(at::zeros({3, 2})).value), 1e-6);
}

TEST(Flow, SamplesFollowTheirGenerator) {
  const auto flow = plane();
  const auto x = flow->sample(10, 1.0, nn::generator(5));
  EXPECT_TRUE(identical(flow->sample(10, 1.0, nn::generator(5)), x));
  EXPECT_FALSE(identical(flow->sample(10, 1.0, nn::generator(6)), x));
}

TEST(Flow, LogProbIsBaseAndLogDet) {
  const auto flow = plane({.dequantize = true, .logit_alpha = 0.05});
  const auto x = at::sigmoid(normal({7, 2}, 3));
  const auto z = flow->encode(x);
  const auto base = (-0.5 * z.value.square() - 0.5 * std::log(2 * M_PI)).sum(1);
  EXPECT_LT(difference(flow->log_prob(x), base + z.log_det), 1e-6);
  const auto noisy = flow->log_prob(x, {.generator = nn::generator(1)});
  EXPECT_TRUE(identical(flow->log_prob(x, {.generator = nn::generator(1)}), noisy));
  EXPECT_FALSE(identical(flow->log_prob(x), noisy));
}

TEST(Flow, RoundTripInBothTypes) {
  const auto flow = real_nvp({.dims = 31, .hidden = 40, .couplings = 8, .logit_alpha = 0.05, .seed = 3});
  for (const auto type : {at::kFloat, at::kDouble}) {
    flow->to(type);
    const auto x = at::sigmoid(normal({50, 31}, 4)).to(type);
    const auto z = flow->encode(x), back = flow->decode(z.value);
    const double tolerance = type == at::kFloat ? 1e-3 : 1e-9;
    EXPECT_LT(difference(back.value, x), tolerance);
    EXPECT_LT(difference(-back.log_det, z.log_det), tolerance);
  }
}

TEST(Flow, NamesWhereXFirstBecomesNonFinite) {
  const auto flow = plane();
  auto x = normal({4, 2}, 1);
  EXPECT_EQ(flow->first_non_finite(x), "");
  {
    const at::NoGradGuard no_grad;
    flow->named_parameters()["layers.2.translate_net.2.bias"].fill_(std::nan(""));
  }
  EXPECT_EQ(flow->first_non_finite(x), "layers.2 (affine coupling, 1 of 2 features kept, 1→16→1)");
  x[3][1] = std::nan("");
  EXPECT_EQ(flow->first_non_finite(x), "the input");
  const auto huge = plane({}, 0.0);
  EXPECT_EQ(huge->first_non_finite(at::full({1, 2}, 1e30F)), "the base distribution");
}

TEST(Flow, KnowsWhetherItDequantizesAndNamesItsLayers) {
  EXPECT_FALSE(plane()->dequantizes());
  EXPECT_FALSE(plane({.logit_alpha = 0.05})->dequantizes());
  const auto flow = plane({.dequantize = true, .logit_alpha = 0.05});
  EXPECT_TRUE(flow->dequantizes());
  std::vector<std::string> names;
  for (const auto& layer : flow->bijectors()) names.push_back(layer.name);
  EXPECT_EQ(names, (std::vector<std::string>{"preprocessing.0", "preprocessing.1", "layers.0", "layers.1",
                                             "layers.2", "layers.3"}));
}

TEST(Flow, TakesAnEmptyBatch) {
  const auto flow = plane();
  EXPECT_EQ(flow->log_prob(at::empty({0, 2})).sizes(), (at::IntArrayRef{0}));
  EXPECT_EQ(flow->sample(0, 1.0, nn::generator(1)).sizes(), (at::IntArrayRef{0, 2}));
}

TEST(Flow, SaysWhatItExpected) {
  const auto flow = plane();
  expect_says([&] { flow->log_prob(at::ones({3, 4})); }, "[flow] expected x [N, 2], got [3, 4]");
  expect_says([&] { flow->log_prob(at::ones({2})); }, "[flow] expected x [N, 2], got [2]");
  expect_says([&] { flow->decode(at::ones({3, 1})); }, "[flow] expected z [N, 2], got [3, 1]");
  expect_says([] { real_nvp({.dims = 1}); }, "[real_nvp] expected at least 2 dimensions to couple, got 1");
  expect_says([] { real_nvp({.couplings = 0}); }, "[real_nvp] expected at least one coupling, got 0");
}

/// A multiscale flow with parameters far from their initial ones.
std::shared_ptr<Flow> images(std::int64_t condition = 0) {
  auto flow = multiscale(condition);
  const at::NoGradGuard no_grad;
  std::uint64_t seed = 1;
  for (auto& parameter : flow->parameters()) parameter.copy_(normal(parameter.sizes(), seed++) * 0.5);
  return flow;
}

TEST(Flow, OfImagesKeepsTheLatentsThatLeave) {
  const auto flow = images();
  for (const auto type : {at::kFloat, at::kDouble}) {
    flow->to(type);
    const auto x = normal({6, 1, 4, 4}, 1, type);
    const auto z = flow->encode(x), back = flow->decode(z.value);
    const double tolerance = type == at::kFloat ? 1e-5 : 1e-13;
    EXPECT_EQ(z.value.sizes(), (at::IntArrayRef{6, 16}));
    EXPECT_EQ(back.value.sizes(), x.sizes());
    EXPECT_LT(difference(back.value, x), tolerance);
    EXPECT_LT(difference(-back.log_det, z.log_det), tolerance);

    auto value = x;
    at::Tensor left;
    for (const auto& layer : flow->bijectors()) {
      const auto y = layer.bijector->forward(ops::laid_out(value), {});
      if (y.latent.defined()) left = y.latent;
      value = y.value;
    }
    EXPECT_LT(difference(z.value, at::cat({left.flatten(1), value.flatten(1)}, 1)), tolerance);
  }
}

TEST(Flow, OfImagesHasTheDensityOfItsJacobian) {
  const auto flow = images();
  flow->to(at::kDouble);
  const auto x = leaf(normal({3, 1, 4, 4}, 1, at::kDouble));
  const auto z = flow->encode(x).value;
  Tensors rows;
  for (std::int64_t d = 0; d < 16; ++d) rows.push_back(gradients(z.select(1, d).sum(), {x})[0].flatten(1));
  const auto log_det = std::get<1>(at::slogdet(at::stack(rows, 1)));
  EXPECT_LT(difference(flow->log_prob(x), standard_normal_log_prob(z) + log_det), 1e-11);
}

TEST(Flow, OfImagesSamplesImagesAndTakesNone) {
  const auto flow = images();
  EXPECT_EQ(flow->sample(3).sizes(), (at::IntArrayRef{3, 1, 4, 4}));
  EXPECT_EQ(flow->sample(0).sizes(), (at::IntArrayRef{0, 1, 4, 4}));
  EXPECT_EQ(flow->log_prob(at::empty({0, 1, 4, 4})).sizes(), (at::IntArrayRef{0}));
  expect_says([&] { flow->log_prob(at::ones({3, 16})); }, "[flow] expected x [N, 1, 4, 4], got [3, 16]");
}

TEST(Flow, CountsEveryPositionOfAConvolution) {
  const double scale = 2. * (2 * 8 * 9 + 8 * 8 + 8 * 4 * 9) * 4;  // three layers at 2×2 positions
  EXPECT_EQ(images()->forward_flop(), 2 * scale + 2. * (8 * 9 + 8 * 8 + 8 * 2 * 9) * 4);
  EXPECT_EQ(real_nvp({})->forward_flop(), 8. * 2 * 2 * 2 * 392 * 1024);
}

TEST(Flow, HoldsItsConditionAgainstWhatItNeeds) {
  const auto conditional = images(3), plain = images();
  const auto x = normal({5, 1, 4, 4}, 1), one = normal({5, 3}, 2), other = normal({5, 3}, 3);
  const auto log_prob = conditional->log_prob(x, {.condition = one});
  EXPECT_GT((log_prob - conditional->log_prob(x, {.condition = other})).abs().min().item<double>(), 1e-3);
  const auto z = conditional->encode(x, {.condition = one}).value;
  EXPECT_LT(difference(conditional->decode(z, {.condition = one}).value, x), 1e-4);
  EXPECT_GT(difference(conditional->decode(z, {.condition = other}).value, x), 1e-2);
  EXPECT_EQ(conditional->sample(5, 1.0, nn::generator(1), {.condition = one}).sizes(), x.sizes());
  EXPECT_TRUE(conditional->can_sample()) << "given a condition";

  expect_says([&] { conditional->log_prob(x); }, "[flow] expected a condition [5, 3], got none");
  expect_says([&] { conditional->sample(5); }, "[flow] expected a condition [5, 3], got none");
  expect_says(
      [&] {
        conditional->log_prob(x, {.condition = normal({5, 4}, 2)});
      },
      "[flow] expected a condition [5, 3], got [5, 4]");
  expect_says([&] { plain->log_prob(x, {.condition = one}); }, "[flow] expected no condition, got [5, 3]");
  expect_says([&] { plain->decode(z, {.condition = one}); }, "[flow] expected no condition, got [5, 3]");
}

TEST(Flow, DecodeReportsTheWorstOfItsInverses) {
  auto init = nn::generator(1);
  const auto contraction = std::make_shared<Contraction>(3, init);
  const Flow::Bijectors layers{std::make_shared<Counted>(), contraction, std::make_shared<Counted>()};
  Flow flow({3}, {}, layers);
  const auto x = normal({5, 3}, 1);
  const auto back = flow.decode(flow.encode(x).value, {.tolerance = 1e-4});
  EXPECT_GT(back.iterations, 1);
  EXPECT_GT(back.error, 0);
  EXPECT_LE(back.error, 1e-4);
  EXPECT_LT(difference(back.value, x), 1e-4);
  expect_says([&] { flow.decode(x, {.tolerance = 1e-6, .max_iterations = 2}); }, "in 2 iterations");
}

TEST(Flow, RefusesLayersThatDoNotFollowOneAnother) {
  auto init = nn::generator(1);
  const auto coupling = [&](std::int64_t condition) {
    return std::make_shared<Coupling>(
        CouplingOptions{.mask = alternating_mask(4, 0), .hidden = 2, .condition = condition}, init);
  };
  const auto make = [](const Event& event, const Flow::Bijectors& layers) { Flow flow(event, {}, layers); };
  expect_says([&] { make({5}, {coupling(0)}); }, "[coupling] expected 4 features, got [5]");
  expect_says(
      [&] {
        make({4}, {std::make_shared<Split>(), coupling(0)});
      },
      "[coupling] expected 4 features, got [2]");
  expect_says(
      [&] {
        make({1, 6, 4}, {std::make_shared<Squeeze>(), std::make_shared<Squeeze>()});
      },
      "[squeeze] expected an image of even height and width, got [4, 3, 2]");
  expect_says(
      [&] {
        make({4}, {coupling(2), coupling(0), coupling(3)});
      },
      "needs a condition of 3 numbers, those before it one of 2");
  expect_says([&] { make({4, 4}, {}); }, "[flow] expected events [D] or [C, H, W]");
}

}  // namespace
}  // namespace pushforward::flows
