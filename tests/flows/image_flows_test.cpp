// Flows of images on several scales.
#include "tests/ops/tensors.h"
#include <gtest/gtest.h>

#include "pushforward/flows/glow.h"
#include "pushforward/flows/polyphase.h"
#include "pushforward/flows/variational_dequantize.h"

namespace pushforward::flows {
namespace {

/// Levels 0 … 255 as pixels in [0, 1].
at::Tensor images(std::int64_t n, const Event& event, std::uint64_t seed, at::ScalarType type = at::kFloat) {
  return at::sigmoid(normal({n, event[0], event[1], event[2]}, seed) * 2).mul(255).round().to(type) / 255;
}

/// With parameters away from their initial ones.
std::shared_ptr<Flow> moved(std::shared_ptr<Flow> flow, double spread = 0.1) {
  const at::NoGradGuard no_grad;
  std::uint64_t seed = 1;
  for (auto& parameter : flow->parameters()) parameter.add_(normal(parameter.sizes(), seed++) * spread);
  return flow;
}

std::shared_ptr<Flow> small_glow(const std::string& transformer = "sigmoid", bool dequantize = true) {
  return glow({.event = {1, 8, 8},
               .steps = 2,
               .hidden = 8,
               .transformer = transformer,
               .conditioner = "resnet",
               .dequantize = dequantize});
}

std::shared_ptr<Flow> small_polyphase(Event event = {1, 8, 8}, bool mirror = false) {
  return polyphase({.event = std::move(event),
                    .hidden = 8,
                    .layers = 1,
                    .base_hidden = 8,
                    .base_layers = 1,
                    .mirror = mirror});
}

TEST(Glow, BringsBackWhatItEncoded) {
  for (const auto* transformer : {"sigmoid", "affine", "logistic_mixture"}) {
    const auto flow = small_glow(transformer, false);
    const auto start = images(32, flow->event(), 1);
    EXPECT_FALSE(flow->is_initialised());
    flow->initialise(start, {});
    EXPECT_TRUE(flow->is_initialised());
    moved(flow, 0.02);
    for (const auto type : {at::kFloat, at::kDouble}) {
      flow->to(type);
      const at::NoGradGuard no_grad;
      const auto x = images(6, flow->event(), 2, type);
      const auto z = flow->encode(x), back = flow->decode(z.value);
      EXPECT_EQ(z.value.sizes(), (at::IntArrayRef{6, 64}));
      EXPECT_LT(difference(back.value, x), type == at::kFloat ? 1e-3 : 1e-9) << transformer;
      EXPECT_LT(difference(-back.log_det, z.log_det), type == at::kFloat ? 1e-3 : 1e-9) << transformer;
    }
  }
}

TEST(Glow, CountsItsParametersAndNamesItsLayers) {
  const auto flow = glow({.event = {1, 8, 8}, .scales = 2, .steps = 1, .hidden = 8});
  std::vector<std::string> what;
  for (const auto& layer : flow->bijectors()) what.push_back(layer.bijector->describe());
  EXPECT_EQ(
      what,
      (std::vector<std::string>{
          "uniform dequantisation of 256 levels", "2×2 squares to channels", "activation norm, 4 numbers",
          "invertible 1×1 convolution, 4 channels", "sigmoid coupling, 2 of 4 channels kept, 2→8→8→4",
          "affine coupling, 2 of 4 channels kept, 2→8→8→4", "half leaves as latents",
          "2×2 squares to channels", "activation norm, 8 numbers", "invertible 1×1 convolution, 8 channels",
          "sigmoid coupling, 4 of 8 channels kept, 4→8→8→8", "activation norm, 8 numbers"}));
  const double fine = 2. * 16 + 2 * 2. * (2 * 8 * 9 + 8 * 8 + 8 * 4 * 9);
  const double coarse = 2. * 64 + 2. * (4 * 8 * 9 + 8 * 8 + 8 * 8 * 9);
  EXPECT_EQ(flow->forward_flop(), 16 * fine + 4 * coarse);
}

TEST(Glow, SaysWhatItExpected) {
  expect_says(
      [] {
        glow({.event = {1, 6, 6}, .scales = 2});
      },
      "[squeeze] expected an image of even height and width, got [2, 3, 3]");
  expect_says([] { glow({.event = {784}}); }, "[glow] expected images, got an event of 1 axes");
  expect_says([] { glow({.steps = 0}); }, "[glow] expected scales and steps of at least 1, got 2 and 0");
}

TEST(VariationalDequantize, ItsDensityIntegratesToOne) {
  auto init = nn::generator(1);
  VariationalDequantize dequantize({.hidden = 4, .layers = 1}, init);
  const at::NoGradGuard no_grad;
  const auto x = at::full({20000, 1, 1, 1}, 7.0F / 255);
  const auto y = dequantize.forward(x, {.generator = nn::generator(2)});
  const auto u = y.value.flatten().to(at::kDouble) * 256 - 7;
  EXPECT_GE(u.min().item<double>(), 0);
  EXPECT_LE(u.max().item<double>(), 1);
  // E 1/q(u) is the length of the interval; ½ is the mean by symmetry, but for the small first weights.
  EXPECT_NEAR(y.log_det.exp().mean().item<double>(), 1, 0.02);
  EXPECT_NEAR(u.mean().item<double>(), 0.5, 0.02);
  EXPECT_NEAR(u.var().item<double>(), 1. / 12, 0.01) << "starts near the uniform distribution";
}

TEST(VariationalDequantize, MakesABoundAndBringsLevelsBack) {
  const auto flow =
      moved(glow({.event = {1, 4, 4}, .scales = 1, .steps = 1, .hidden = 4, .variational = true}));
  EXPECT_TRUE(flow->is_bound());
  EXPECT_TRUE(flow->dequantizes());
  EXPECT_FALSE(flow->is_estimated());
  EXPECT_FALSE(small_glow()->is_bound());
  const at::NoGradGuard no_grad;
  const auto x = images(5, flow->event(), 2);
  EXPECT_TRUE(flow->decode(flow->encode(x).value).value.equal(x));
  const auto all = flow->log_prob(x);
  EXPECT_LT(difference(flow->log_prob(x.slice(0, 3, 4)), all.slice(0, 3, 4)), 1e-5) << "each image by itself";
  const auto drawn = flow->log_prob(x, {.generator = nn::generator(1)});
  EXPECT_GT(difference(drawn, all), 1e-4);
}

TEST(Polyphase, BringsEveryLevelBack) {
  // Of 4 columns the base has one, which has no other side.
  for (const auto& [event, mirror] :
       {std::pair(Event{1, 8, 8}, false), {{3, 4, 8}, false}, {{3, 4, 8}, true}, {{1, 8, 4}, true}}) {
    const auto flow = moved(small_polyphase(event, mirror));
    const at::NoGradGuard no_grad;
    for (const auto type : {at::kFloat, at::kDouble}) {
      flow->to(type);
      const auto x = images(9, event, 2, type);
      EXPECT_TRUE(flow->decode(flow->encode(x).value).value.equal(x));
    }
  }
}

/// Which of the latents, in order of leaving (two scales of x₁₀, x₀₁, x₁₁; the base), move with pixel (i, j).
std::vector<bool> moved_by(Flow& flow, std::int64_t i, std::int64_t j) {
  const at::NoGradGuard no_grad;
  const auto x = images(4, flow.event(), 3);
  auto other = x.clone();
  other.slice(2, i, i + 1)
      .slice(3, j, j + 1)
      .copy_(at::frac(other.slice(2, i, i + 1).slice(3, j, j + 1) + 0.4));
  const auto change = (flow.encode(x).value - flow.encode(other).value).abs().amax(0);
  std::vector<bool> moves;
  for (const auto& part : change.split_with_sizes({16, 16, 16, 4, 4, 4, 4}))
    moves.push_back(part.max().item<double>() > 0);
  return moves;
}

TEST(Polyphase, SeesWhatItIsGivenMirrored) {
  const auto flow = small_polyphase({1, 8, 8}, true);
  for (const auto& layer : flow->bijectors()) {
    const auto what = layer.bijector->describe();
    EXPECT_EQ(what.find("kept") != std::string::npos, what.find("and mirrored") != std::string::npos) << what;
  }
  EXPECT_NE(flow->bijectors().back().bijector->describe().find("mirror image"), std::string::npos);
}

class EachPhase : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Polyphase, EachPhase, testing::Bool());

TEST_P(EachPhase, DependsOnThoseBeforeIt) {
  const auto flow = moved(small_polyphase({1, 8, 8}, GetParam()));
  EXPECT_EQ(moved_by(*flow, 3, 4), (std::vector<bool>{true, false, false, false, false, false, false}))
      << "x10";
  EXPECT_EQ(moved_by(*flow, 2, 5), (std::vector<bool>{true, true, false, false, false, false, false}))
      << "x01";
  EXPECT_EQ(moved_by(*flow, 3, 5), (std::vector<bool>{true, true, true, false, false, false, false}))
      << "x11";
  EXPECT_EQ(moved_by(*flow, 6, 4), (std::vector<bool>{true, true, true, true, false, false, false}))
      << "coarse x10";
  EXPECT_EQ(moved_by(*flow, 2, 2), (std::vector<bool>{true, true, true, true, true, true, false}))
      << "coarse x11";
  EXPECT_EQ(moved_by(*flow, 4, 4), std::vector<bool>(7, true)) << "the base";
}

TEST(Polyphase, LikelihoodIsThatOfTheLevelsWhateverTheDraw) {
  const auto flow = moved(small_polyphase());
  const at::NoGradGuard no_grad;
  const auto x = images(20, flow->event(), 4);
  const auto exact = flow->log_prob(x);
  for (const std::uint64_t seed : {1, 2, 3}) {
    const auto drawn = flow->log_prob(x, {.generator = nn::generator(seed)});
    const auto bits = (drawn - exact).abs().max().item<double>() / (64 * std::log(2.0));
    EXPECT_LT(bits, 1e-5) << "bits/dim";
  }
}

TEST(ImageFlows, DecodeManyImagesAsTheyDecodeFew) {
  for (const auto& flow : {moved(small_glow("sigmoid", false), 0.02), moved(small_polyphase())}) {
    flow->initialise(images(32, flow->event(), 1), {});
    const at::NoGradGuard no_grad;
    const auto z = normal({37, 64}, 3);
    const auto all = flow->decode(z);
    std::vector<at::Tensor> values, log_dets;
    for (const auto& some : z.split(5)) {
      const auto few = flow->decode(some);
      values.push_back(few.value);
      log_dets.push_back(few.log_det);
    }
    EXPECT_LT(difference(all.value, at::cat(values)), 1e-5);
    EXPECT_LT(difference(all.log_det, at::cat(log_dets)), 1e-3);
  }
}

TEST(Polyphase, SaysWhatItExpected) {
  expect_says(
      [] {
        polyphase({.event = {1, 6, 6}});
      },
      "[squeeze] expected an image of even height and width, got [1, 3, 3]");
  expect_says([] { polyphase({.event = {784}}); }, "[polyphase] expected images, got an event of 1 axes");
  expect_says([] { polyphase({.scales = 0}); }, "[polyphase] expected at least one scale, got 0");
}

}  // namespace
}  // namespace pushforward::flows
