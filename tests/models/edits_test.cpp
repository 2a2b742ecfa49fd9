#include "pushforward/models/edits.h"

#include "tests/ops/tensors.h"
#include <gtest/gtest.h>

#include "pushforward/core/random.h"
#include "pushforward/core/terminal.h"
#include "pushforward/models/latents.h"
#include "pushforward/nn/random.h"

namespace pushforward::models {
namespace {

at::Tensor levels(std::int64_t n, std::uint64_t seed) {
  return (normal({n, 1, 8, 8}, seed).sigmoid() * 300 - 20).clamp(0, 255).to(at::kByte);
}

/// A small flow of images of 8×8 in its first state, disturbed.
Model small(const std::string& kind, const std::string& more = "") {
  terminal().set_quiet(true);
  auto config = Config::parse("[model]\nheight = 8\nwidth = 8\nhidden = 8\n" + more, "small");
  config.set("model.kind", kind);
  auto model = make_model(config);
  const at::NoGradGuard no_grad;
  std::uint64_t seed = 1;
  for (auto& parameter : model.density->flow->parameters())
    parameter.add_(normal(parameter.sizes(), seed++) * 0.05);
  return model;
}

std::vector<Model> every_flow() {
  return {small("realnvp", "couplings = 2\ndequantize = true\nlogit_alpha = 0.05\n"),
          small("maf", "layers = 2\ndequantize = true\nlogit_alpha = 0.05\n"),
          small("glow", "steps = 2\nscales = 2\ndequantize = true\n"),
          small("multiscale", "layers = 1\nbase_hidden = 8\nbase_layers = 1\n"),
          small("autoregressive", "layers = 2\n")};
}

/// Of pictures [rows, columns, …], as the images they show.
at::Tensor pixels(const at::Tensor& pictures) {
  return (pictures.clamp(0, 1) * 255).round().to(at::kByte);
}

Examples plain(const at::Tensor& images) {
  return {.name = "toys", .shape = {.height = 8, .width = 8}, .values = images};
}

Examples labelled(std::int64_t n) {
  return {.name = "toys",
          .shape = {.height = 8, .width = 8},
          .values = levels(n, 7),
          .labels = at::arange(n, at::kLong).remainder(3)};
}

TEST(GreatCircle, HasItsEndsAndKeepsItsLength) {
  const auto a = normal({5, 40}, 1), b = normal({5, 40}, 2);
  const auto walk = great_circle(a, b, 7);
  ASSERT_EQ(walk.sizes(), (at::IntArrayRef{5, 7, 40}));
  EXPECT_TRUE(identical(walk.select(1, 0).contiguous(), a));
  EXPECT_TRUE(identical(walk.select(1, 6).contiguous(), b));
  const auto long_b = b * (a.norm(2, {1}, true) / b.norm(2, {1}, true));
  const auto lengths = great_circle(a, long_b, 7).norm(2, {2});
  EXPECT_LT(difference(lengths, lengths.slice(1, 0, 1).expand_as(lengths)), 1e-5);
}

TEST(GreatCircle, IsALineWhereThereIsNone) {
  const auto a = normal({2, 4}, 1);
  EXPECT_LT(difference(great_circle(a, 3 * a, 3).select(1, 1), 2 * a), 1e-6) << "in one direction";
  EXPECT_LT(difference(great_circle(a, -a, 3).select(1, 1), at::zeros_like(a)), 1e-6) << "in opposite ones";
  EXPECT_LT(difference(great_circle(at::zeros_like(a), a, 3).select(1, 1), a / 2), 1e-6) << "from nowhere";
  EXPECT_TRUE(identical(great_circle(a, -a, 1).select(1, 0).contiguous(), a));
}

TEST(Edits, AWalkLeadsFromImageToImage) {
  for (const auto& model : every_flow()) {
    SCOPED_TRACE(model.name);
    const auto from = levels(3, 1), to = levels(3, 2);
    const auto walk = walk_between(model, plain(from), plain(to), 4);
    ASSERT_EQ(walk.sizes(), (at::IntArrayRef{3, 4, 1, 8, 8}));
    EXPECT_TRUE(pixels(walk.select(1, 0)).equal(from));
    EXPECT_TRUE(pixels(walk.select(1, 3)).equal(to));
    EXPECT_FALSE(pixels(walk.select(1, 1)).equal(from));
    EXPECT_TRUE(identical(walk, walk_between(model, plain(from), plain(to), 4)));
  }
}

TEST(Edits, ClassMeansMoveImagesAndTheirOwnLeavesThem) {
  const auto set = labelled(30);
  const auto first = set.values.slice(0, 0, 3);
  for (const auto& model : every_flow()) {
    SCOPED_TRACE(model.name);
    const auto nowhere = moved_to(model, set, 1, 1, 2, 3);
    ASSERT_EQ(nowhere.sizes(), (at::IntArrayRef{2, 3, 1, 8, 8}));
    for (std::int64_t step = 0; step < 3; ++step)
      EXPECT_TRUE(pixels(nowhere.select(1, step)).equal(set.values.index_select(0, at::tensor({1, 4}))))
          << step;

    const auto all = moved_to_all(model, set);
    ASSERT_EQ(all.sizes(), (at::IntArrayRef{3, 3, 1, 8, 8}));
    for (std::int64_t k = 0; k < 3; ++k) EXPECT_TRUE(pixels(all[k][k]).equal(first[k])) << k;
    EXPECT_FALSE(pixels(all[0][1]).equal(first[0]));
    // All the way is where the other takes it.
    EXPECT_LT(difference(moved_to(model, set, 0, 2, 1, 2)[0][1], all[0][2]), 1e-4);
  }
}

TEST(Edits, ClassesAreTheFirstTenThatHaveImages) {
  auto set = labelled(40);
  set.labels = 2 * at::arange(40, at::kLong).remainder(20);
  const auto all = moved_to_all(small("glow", "steps = 1\nscales = 1\n"), set);
  EXPECT_EQ(all.sizes(), (at::IntArrayRef{10, 10, 1, 8, 8}));
}

TEST(Edits, ClassMeansAreOfLatents) {
  // Where a flow only scales and shifts, they are those of pixels.
  const auto model = small("realnvp", "couplings = 1\n");
  const at::NoGradGuard no_grad;
  for (auto& parameter : model.density->flow->parameters()) parameter.zero_();
  const auto set = labelled(30);
  const auto x = set.values.to(at::kFloat) / 255;
  const auto mean = [&](std::int64_t k) {
    return x.index_select(0, (set.labels == k).nonzero().squeeze(1)).mean(0);
  };
  const auto moved = moved_to(model, set, 0, 2, 1, 3)[0];
  for (std::int64_t step = 0; step < 3; ++step)
    EXPECT_LT(difference(moved[step], x[0] + 0.5 * static_cast<double>(step) * (mean(2) - mean(0))), 1e-5);
}

TEST(Edits, CompletionsKeepTheUpperHalf) {
  const auto model = small("autoregressive", "layers = 2\n");
  const auto images = levels(3, 1);
  const auto draw = [&](double temperature, std::uint64_t seed) {
    return completions(model, plain(images), 4, temperature, nn::generator(seed));
  };
  const auto rows = draw(1, 1);
  ASSERT_EQ(rows.sizes(), (at::IntArrayRef{3, 6, 1, 8, 8}));
  EXPECT_TRUE(pixels(rows.select(1, 0)).equal(images));
  for (std::int64_t column = 1; column < 6; ++column)
    EXPECT_TRUE(pixels(rows.select(1, column)).slice(2, 0, 4).equal(images.slice(2, 0, 4))) << column;
  EXPECT_TRUE((rows.select(1, 1).slice(2, 4) == 0.5).all().item<bool>()) << "gray where nothing is given";
  EXPECT_FALSE(rows.select(1, 2).equal(rows.select(1, 3)));
  EXPECT_TRUE(identical(draw(1, 1), rows));
  EXPECT_FALSE(draw(1, 2).equal(rows));
  const auto most_usual = draw(0, 1);
  EXPECT_TRUE(most_usual.select(1, 2).equal(most_usual.select(1, 5)));
  EXPECT_TRUE(identical(draw(0, 2), most_usual)) << "whatever the seed";
}

TEST(Edits, EncodesEveryImageUnderItsOwnLabel) {
  const auto model = small("glow", "steps = 1\nscales = 1\nconditional = true\nclasses = 3\n");
  const auto set = labelled(300);
  const auto z = encode(model, set);
  for (const std::int64_t i : {0, 255, 256, 299}) {
    auto one = slice(set, i, i + 1);
    EXPECT_LT(difference(encode(model, one), z.slice(0, i, i + 1)), 1e-5) << i;
    one.labels = (one.labels + 1).remainder(3);
    EXPECT_GT(difference(encode(model, one), z.slice(0, i, i + 1)), 1e-3) << i;
  }
}

TEST(Edits, AConditionalFlowIsGivenTheLabels) {
  const auto model = small("autoregressive", "layers = 2\nconditional = true\nclasses = 3\n");
  const auto set = labelled(30);
  // At an end the label is the image's own: each is brought back.
  const auto walk = walk_between(model, slice(set, 0, 3), slice(set, 4, 7), 4);
  EXPECT_TRUE(pixels(walk.select(1, 0)).equal(set.values.slice(0, 0, 3)));
  EXPECT_TRUE(pixels(walk.select(1, 3)).equal(set.values.slice(0, 4, 7)));
  // Before the middle with the first one's label, behind it with the other's.
  const auto z = great_circle(encode(model, slice(set, 0, 3)), encode(model, slice(set, 4, 7)), 4);
  const auto with_label = [&](std::int64_t step, const at::Tensor& labels) {
    return pixels(model.sampler->decode_all(z.select(1, step), {.labels = labels}));
  };
  EXPECT_TRUE(pixels(walk.select(1, 1)).equal(with_label(1, slice(set, 0, 3).labels)));
  EXPECT_TRUE(pixels(walk.select(1, 2)).equal(with_label(2, slice(set, 4, 7).labels)));
  const auto all = moved_to_all(model, set);
  for (std::int64_t k = 0; k < 3; ++k) EXPECT_TRUE(pixels(all[k][k]).equal(set.values[k])) << k;
  EXPECT_LT(difference(moved_to(model, set, 0, 2, 1, 2)[0][1], all[0][2]), 1e-4);
  // Another label, another lower half, from the same draws.
  auto others = first(set, 4);
  const auto complete = [&] { return completions(model, others, 2, 1, nn::generator(1)); };
  const auto own = complete();
  others.labels = (others.labels + 1).remainder(3);
  EXPECT_FALSE(complete().equal(own));

  expect_usage([&] { walk_between(model, plain(levels(2, 1)), plain(levels(2, 1)), 2); },
               "toys has no labels: a conditional autoregressive takes a labelled set");
  others.labels = others.labels + 1;
  expect_usage([&] { complete(); },
               "toys has labels up to 3, this conditional autoregressive knows those from 0 to 2");
}

TEST(Edits, SayWhatTheyTake) {
  const auto flow = small("multiscale", "layers = 1\nbase_hidden = 8\nbase_layers = 1\n");
  const auto images = plain(levels(2, 1));
  expect_usage([&] { completions(flow, images, 1, 1, nn::generator(1)); },
               "multiscale draws no pixel from those before it: completion takes an autoregressive flow");
  expect_usage([&] { moved_to(flow, labelled(5), 0, 3, 1, 1); }, "toys has no image of class 3");
  expect_usage([&] { moved_to(flow, labelled(5), -1, 0, 1, 1); }, "toys has no image of class -1");
  auto unlabelled = labelled(5);
  unlabelled.labels = at::Tensor();
  expect_usage([&] { moved_to_all(flow, unlabelled); }, "toys has no labels");

  const at::NoGradGuard no_grad;
  flow.density->flow->parameters().back().fill_(infinity);
  expect_says([&] { walk_between(flow, images, images, 2); },
              "image 0 has no finite latent under this multiscale");
}

}  // namespace
}  // namespace pushforward::models
