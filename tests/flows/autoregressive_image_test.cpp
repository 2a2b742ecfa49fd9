#include "pushforward/flows/autoregressive_image.h"

#include "tests/ops/oracle.h"
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "pushforward/flows/completion.h"
#include "pushforward/flows/flow.h"
#include "pushforward/flows/preprocessing.h"
#include "pushforward/nn/module.h"
#include "pushforward/ops/discretised_logistics.h"
#include "pushforward/ops/precision.h"

namespace pushforward::flows {
namespace {

/// With weights far from their initial ones.
template <typename Made>
void disturb(Made& module) {
  const at::NoGradGuard no_grad;
  std::uint64_t seed = 1;
  for (auto& parameter : module.parameters()) parameter.add_(normal(parameter.sizes(), seed++) * 0.3);
}

/// Which pixels [H·W] of the input each pixel of the output depends on, in any of some images (ReLUs are flat
/// in parts).
at::Tensor dependencies(const CausalNet& net, std::int64_t height, std::int64_t width) {
  const auto x = leaf(normal({8, 1, height, width}, 3, at::kDouble));
  const auto y = net.forward(x, {}).sum(1).flatten(1);  // [images, pixels]
  Tensors rows;
  for (std::int64_t p = 0; p < y.size(1); ++p)
    rows.push_back((gradients(y.select(1, p).sum(), {x})[0].flatten(1) != 0).any(0));
  return at::stack(rows);
}

TEST(CausalNet, SeesEveryPixelBeforeAndNoOther) {
  auto init = nn::generator(1);
  for (const bool mirror : {false, true}) {
    CausalNet net({.in = 1,
                   .height = 5,
                   .width = 6,
                   .hidden = 6,
                   .dilations = {1, 2, 1, 1, 2, 1},
                   .mirror = mirror,
                   .out = 3},
                  init);
    disturb(net);
    net.to(at::kDouble);
    const auto seen = dependencies(net, 5, 6);
    for (std::int64_t p = 0; p < 30; ++p)
      for (std::int64_t q = 0; q < 30; ++q) EXPECT_EQ(seen[p][q].item<bool>(), q < p) << p << " of " << q;
  }
}

/// Without layers that pass it on, a pixel sees 2 rows above, 2 columns to the left and what `mirror` adds.
TEST(CausalNet, SeesTheMirrorImageOfWhatIsBefore) {
  for (const std::int64_t width : {8, 9}) {
    auto init = nn::generator(1);
    CausalNet net(
        {.in = 1, .height = 3, .width = width, .hidden = 6, .dilations = {}, .mirror = true, .out = 3}, init);
    disturb(net);
    net.to(at::kDouble);
    const auto seen = dependencies(net, 3, width);
    for (std::int64_t p = 0; p < 3 * width; ++p)
      for (std::int64_t q = 0; q < 3 * width; ++q) {
        const auto i = p / width, j = p % width, row = q / width, column = q % width;
        const auto mirror = width - 1 - j;
        const bool above =
            row < i && row >= i - 2 && (std::abs(column - j) <= 1 || std::abs(column - mirror) <= 1);
        const bool left =
            row == i && column < j &&
            (column >= j - 2 || (j > mirror && column < width / 2 && std::abs(column - mirror) <= 3));
        EXPECT_EQ(seen[p][q].item<bool>(), above || left) << p << " of " << q << " in rows of " << width;
      }
  }
}

class CausalWalk : public testing::TestWithParam<std::tuple<std::int64_t, bool>> {};

TEST_P(CausalWalk, GivesWhatForwardGives) {
  const auto [width, mirror] = GetParam();
  auto init = nn::generator(1);
  CausalNet net({.in = 2,
                 .height = 7,
                 .width = width,
                 .hidden = 8,
                 .dilations = {1, 2, 1, 4, 1},
                 .mirror = mirror,
                 .out = 3,
                 .condition = 2},
                init);
  disturb(net);
  const auto x = normal({3, 2, 7, width}, 3), condition = normal({3, 2}, 4);
  const auto expected = net.forward(x, condition);
  CausalNet::Walk walk(net, 3, condition, x.options());
  for (std::int64_t i = 0; i < 7; ++i)
    for (std::int64_t j = 0; j < width; ++j) {
      EXPECT_LT(difference(walk.output().flatten(1), expected.select(2, i).select(2, j)), 3e-6)
          << i << ", " << j;
      walk.set(x.slice(2, i, i + 1).slice(3, j, j + 1));
      if (j == 0)
        expect_says([&] { walk.set_row(x.slice(2, 0, 1)); }, "a row from its first pixel on, got one");
    }
}

INSTANTIATE_TEST_SUITE_P(CausalNet, CausalWalk,
                         testing::Values(std::tuple{6, false}, std::tuple{6, true}, std::tuple{9, true}));

/// Levels as pixels in [0, 1].
at::Tensor levels_like(at::IntArrayRef sizes, std::uint64_t seed) {
  return (normal(sizes, seed).sigmoid() * 300 - 20).clamp(0, 255).round() / 255;
}

/// A flow of dequantised pixels, disturbed.
std::shared_ptr<Flow> pixels(const Event& event, bool mirror = false) {
  auto init = nn::generator(1);
  const auto layer = std::make_shared<AutoregressiveImage>(
      AutoregressiveImageOptions{.event = event, .hidden = 8, .mirror = mirror}, init);
  disturb(*layer);
  return std::make_shared<Flow>(event, Flow::Bijectors{std::make_shared<Dequantize>()},
                                Flow::Bijectors{layer});
}

/// All 65,536 images of two pixels.
at::Tensor pairs() {
  const auto levels = at::arange(256, at::kFloat) / 255;
  return at::stack({levels.repeat_interleave(256), levels.repeat({256})}, 1).view({-1, 1, 1, 2});
}

/// Of images of two pixels: the density over 256² of the square that is a pair of levels.
at::Tensor probabilities(Flow& flow, const at::Tensor& images) {
  return (flow.log_prob(images).to(at::kDouble) - 2 * std::log(256)).exp();
}

TEST(AutoregressiveImage, LikelihoodIsThatOfTheDiscreteImageForEveryNoise) {
  for (const bool mirror : {false, true}) {
    const auto flow = pixels({1, 6, 5}, mirror);
    const auto x = levels_like({40, 1, 6, 5}, 2);
    const auto still = flow->log_prob(x);
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const auto noisy = flow->log_prob(x, {.generator = nn::generator(seed)});
      EXPECT_LT(difference(noisy, still) / 30 / std::log(2), 1e-5) << "bits/dim";
    }
  }
}

TEST(AutoregressiveImage, PixelsAddUpToTheLikelihoodAndKnowNoLaterOnes) {
  const Event event{2, 6, 5};
  const auto flow = pixels(event, true);
  auto& layer = dynamic_cast<AutoregressiveImage&>(*flow->bijectors().back().bijector);
  const at::NoGradGuard no_grad;
  const auto x = levels_like({9, 2, 6, 5}, 2);
  const auto of = [&](const at::Tensor& images) {
    return layer.log_prob_by_pixel((images * 255 + 0.5) / 256);
  };
  const auto parts = of(x);
  EXPECT_LT(difference(parts.flatten(1).sum(1), flow->log_prob(x)), 1e-3);
  auto changed = x.clone();
  changed.slice(2, 3, 6).fill_(0.2);
  EXPECT_LT(difference(of(changed).slice(1, 0, 3), parts.slice(1, 0, 3)), 1e-4);
  EXPECT_GT(difference(of(changed).slice(1, 3, 6), parts.slice(1, 3, 6)), 0.1);
}

TEST(AutoregressiveImage, ProbabilitiesOfAllImagesSumToOne) {
  for (const bool mirror : {false, true}) {
    const auto flow = pixels({1, 1, 2}, mirror);
    EXPECT_NEAR(probabilities(*flow, pairs()).sum().item<double>(), 1, 1e-4);
  }
}

TEST(AutoregressiveImage, SamplesAreDistributedAsItSays) {
  const auto flow = pixels({1, 1, 2});
  constexpr std::int64_t n = 20000;
  const auto samples = flow->sample(n, 1.0, 5);
  // The second pixel in four bins, given the first one's half.
  const auto p = probabilities(*flow, pairs());
  const auto bin_of = [](const at::Tensor& x) {
    const auto v = (x.flatten(1) * 255).round();
    return ((v.select(1, 0) >= 128).to(at::kLong) * 4 + (v.select(1, 1) / 64).floor().to(at::kLong));
  };
  const auto expected = at::zeros({8}, at::kDouble).index_add(0, bin_of(pairs()), p);
  const auto found = at::bincount(bin_of(samples), {}, 8).to(at::kDouble) / n;
  const auto error = (expected * (1 - expected) / n).sqrt();
  EXPECT_LT(((found - expected).abs() / (error + 1e-6)).max().item<double>(), 4);
  EXPECT_GT(expected.min().item<double>(), 1e-3) << "a bin that tests nothing";
}

TEST(Completion, IsTheSameOnAnyNumberOfThreads) {
  auto init = nn::generator(1);
  AutoregressiveImage layer({.event = {1, 6, 5}, .hidden = 8, .layers = 2, .condition = 3}, init);
  disturb(layer);
  const auto z = normal({37, 1, 6, 5}, 2), condition = normal({37, 3}, 3);
  const int before = at::get_num_threads();
  for (const auto precision : {ops::Precision::float32, ops::Precision::bfloat16}) {
    const ops::UsePrecision use(precision);
    std::vector<at::Tensor> made;
    for (const int threads : {1, 2}) {
      at::set_num_threads(threads);
      made.push_back(layer.inverse(z, {.condition = condition, .wants_log_det = false}).value);
    }
    // Products of fewer images may be summed in another order.
    EXPECT_LT((made[0] - made[1]).abs().median().item<double>(), 1e-6);
    EXPECT_GT((made[0] - made[1] == 0).to(at::kDouble).mean().item<double>(), 0.9);
  }
  at::set_num_threads(before);
}

TEST(Completion, KeepsTheRowsThatAreGivenAndDecodesTheRest) {
  const auto flow = pixels({2, 7, 5}, true);
  ASSERT_TRUE(completes(*flow));
  const auto x = levels_like({9, 2, 7, 5}, 2), z = normal({9, 70}, 3);
  const auto whole = flow->decode(z).value;
  for (const std::int64_t known : {0, 1, 4, 7}) {
    const auto made = complete(*flow, x.slice(2, 0, known), z);
    EXPECT_TRUE(identical(made.slice(2, 0, known).contiguous(), x.slice(2, 0, known).contiguous())) << known;
    EXPECT_EQ(known < 7, !identical(made, x)) << known;
    // What decoding makes below rows that it made itself.
    EXPECT_TRUE(identical(complete(*flow, whole.slice(2, 0, known), z), whole.contiguous())) << known;
  }
}

TEST(Completion, IsDrawnGivenWhatIsAbove) {
  const auto flow = pixels({1, 2, 1});
  constexpr std::int64_t n = 20000;
  for (const std::int64_t above : {0, 100, 255}) {
    const auto upper = at::full({n, 1, 1, 1}, static_cast<float>(above) / 255);
    const auto made = complete(*flow, upper, normal({n, 2}, 5)).select(2, 1).flatten();
    const auto levels = at::arange(256, at::kFloat) / 255;
    const auto both = at::stack({upper.slice(0, 0, 256).flatten(), levels}, 1).view({256, 1, 2, 1});
    const auto joint = probabilities(*flow, both), p = joint / joint.sum();
    const auto eighth = [](const at::Tensor& value) {
      return (value * 255).round().div(32).floor().to(at::kLong);
    };
    const auto expected = at::zeros({8}, at::kDouble).index_add(0, eighth(levels), p);
    const auto found = at::bincount(eighth(made), {}, 8).to(at::kDouble) / n;
    const auto error = (expected * (1 - expected) / n).sqrt();
    EXPECT_LT(((found - expected).abs() / (error + 1e-6)).max().item<double>(), 4) << above;
  }
}

TEST(Completion, SaysWhatItTakes) {
  const auto flow = pixels({1, 4, 4});
  const auto x = levels_like({2, 1, 4, 4}, 2), z = normal({2, 16}, 3);
  expect_says([&] { complete(*flow, x.slice(3, 0, 3), z); },
              "[autoregressive] expected the first rows of images [2, 1, 4, 4], got [2, 1, 4, 3]");
  expect_says([&] { complete(*flow, at::cat({x, x}, 2), z); }, "expected the first rows");
  expect_says([&] { complete(*flow, x, z.slice(1, 1)); },
              "[completion] expected latents [N, 16], got [2, 15]");
  expect_says([&] { complete(*flow, x.flatten(1), z); }, "[completion] expected rows [N, C, h, W]");
  const Flow other({1, 4, 4}, {std::make_shared<Dequantize>()}, {});
  EXPECT_FALSE(completes(other));
  expect_says([&] { complete(other, x, z); }, "under one autoregressive layer, got a flow of 1 layers");
}

TEST(AutoregressiveImage, SaysWhatItExpected) {
  auto init = nn::generator(1);
  const AutoregressiveImage layer({.event = {1, 4, 4}, .hidden = 2}, init);
  expect_says([&] { layer.output({1, 4, 5}); }, "[autoregressive] expected images [1, 4, 4], got [1, 4, 5]");
  expect_says([&] { AutoregressiveImage({.event = {16}}, init); },
              "[autoregressive] expected images, got events [16]");
  expect_says(
      [&] {
        AutoregressiveImage({.event = {1, 4, 4}, .hidden = 0}, init);
      },
      "[causal net] expected positive sizes");
}

}  // namespace
}  // namespace pushforward::flows
