#include "pushforward/models/image_flow.h"

#include "tests/ops/tensors.h"
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "pushforward/models/glow_model.h"
#include "pushforward/models/multiscale_model.h"
#include "pushforward/models/scoring.h"
#include "pushforward/ops/precision.h"

namespace pushforward::models {
namespace {

TEST(ImageFlow, TakesImagesThatCanBeHalved) {
  const Shape shape{.channels = 3, .height = 12, .width = 8};
  EXPECT_EQ(image_event(shape, "glow", 2), (flows::Event{3, 12, 8}));
  expect_usage(
      [&] { image_event(shape, "glow", 3); },
      "glow of 3 scales needs images whose height and width are multiples of 8, the data have 3×12×8");
  expect_usage([&] { image_event(Shape::of_points(2), "glow", 1); },
               "glow is for images, the data are points of 2 numbers");
}

TEST(ImageFlow, RecordsAreOfImagesInBitsPerDim) {
  const Shape shape{.channels = 1, .height = 8, .width = 8};
  Config config;
  config.set("model.steps", std::int64_t{1});
  config.set("model.hidden", std::int64_t{8});
  config.set("model.layers", std::int64_t{1});
  config.set("model.variational", true);
  for (const auto make : {make_glow, make_multiscale}) {
    const auto model = make(config, shape)({});
    EXPECT_FALSE(model.training.vectors);
    ASSERT_TRUE(model.density && model.sampler);
    EXPECT_TRUE(model.density->likelihood.dequantized);
    EXPECT_EQ(model.density->likelihood.bound, model.name == "glow");
    EXPECT_EQ(model.sampler->latent_size, 64);
    EXPECT_EQ(model.layers.back().forward_flop * 3, model.training.iteration_flop);
    expect_usage([&] { make(config, Shape::of_points(3)); }, "is for images, the data are points");
  }
}

TEST(ImageFlow, AreScoredInTheCallersPrecisionByEveryThread) {
  Config config;
  for (const auto& [key, value] :
       {std::pair{"model.hidden", 16}, {"model.layers", 1}, {"model.base_layers", 1}})
    config.set(key, std::int64_t{value});
  const auto model = make_multiscale(config, {.channels = 1, .height = 8, .width = 8})({});
  auto& flow = *model.density->flow;
  for (auto& parameter : flow.parameters()) parameter.detach().add_(normal(parameter.sizes(), 1) * 0.1);
  const auto x = (normal({600, 1, 8, 8}, 2) * 60 + 128).clamp(0, 255).to(at::kByte);
  const int before = at::get_num_threads();
  std::vector<std::vector<double>> scores;
  for (const auto precision : {ops::Precision::float32, ops::Precision::bfloat16})
    for (const int threads : {1, 2}) {
      at::set_num_threads(threads);
      const ops::UsePrecision use(precision);
      scores.push_back(log_prob(flow, x));
    }
  at::set_num_threads(before);
  EXPECT_EQ(scores[0], scores[1]);
  EXPECT_EQ(scores[2], scores[3]);
  EXPECT_NE(scores[0], scores[2]);
}

}  // namespace
}  // namespace pushforward::models
