#include "pushforward/flows/flow.h"

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
  const auto [z, log_det] = flow->encode(x);
  const auto base = (-0.5 * z.square() - 0.5 * std::log(2 * M_PI)).sum(1);
  EXPECT_LT(difference(flow->log_prob(x), base + log_det), 1e-6);
  const auto noisy = flow->log_prob(x, nn::generator(1));
  EXPECT_TRUE(identical(flow->log_prob(x, nn::generator(1)), noisy));
  EXPECT_FALSE(identical(flow->log_prob(x), noisy));
}

TEST(Flow, RoundTripInBothTypes) {
  const auto flow = real_nvp({.dims = 31, .hidden = 40, .couplings = 8, .logit_alpha = 0.05, .seed = 3});
  for (const auto type : {at::kFloat, at::kDouble}) {
    flow->to(type);
    const auto x = at::sigmoid(normal({50, 31}, 4)).to(type);
    const auto [z, log_det] = flow->encode(x);
    const auto [back, inverse_log_det] = flow->decode(z);
    const double tolerance = type == at::kFloat ? 1e-3 : 1e-9;
    EXPECT_LT(difference(back, x), tolerance);
    EXPECT_LT(difference(-inverse_log_det, log_det), tolerance);
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
  for (const auto& [name, bijector] : flow->bijectors()) names.push_back(name);
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

}  // namespace
}  // namespace pushforward::flows
