#include "pushforward/runs/maximum_likelihood.h"

#include "tests/expect.h"
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "pushforward/core/random.h"

namespace pushforward::runs {
namespace {

/// N(mean, I) with a mean to learn: the simplest density model.
class Shifted : public nn::DensityModel {
 public:
  explicit Shifted(std::int64_t dims) { mean = register_parameter("mean", at::zeros({dims})); }

  at::Tensor log_prob(const at::Tensor& x, const nn::Context&) override {
    const double constant = 0.5 * static_cast<double>(x.size(1)) * std::log(2 * std::numbers::pi);
    return -0.5 * (x - mean).square().sum(1) - constant;
  }
  at::Tensor sample(std::int64_t n, double, at::Generator, const nn::Context&) override {
    return mean.expand({n, -1});
  }
  std::string first_non_finite(const at::Tensor&, const nn::Context&) override { return ""; }

  at::Tensor mean;
};

data::Images random_images(std::int64_t count) {
  data::Images images{.name = "random", .source = {}, .count = count, .channels = 1, .height = 2, .width = 3};
  auto engine = stream(5, "test");
  for (std::int64_t i = 0; i < count * images.dims(); ++i)
    images.pixels.push_back(static_cast<std::uint8_t>(uniform_below(engine, 256)));
  return images;
}

TEST(MaximumLikelihood, FindsTheMeanOfTheImages) {
  const auto images = random_images(500);
  const auto model = std::make_shared<Shifted>(6);
  const auto epochs = maximum_likelihood(model, images, {.epochs = 20, .batch = 50, .learning_rate = 0.02});
  ASSERT_EQ(epochs.size(), 20u);
  EXPECT_EQ(epochs.back().step, 200);
  EXPECT_TRUE(epochs.back().held_out.empty());
  EXPECT_GT(epochs.back().train.front().second, epochs.front().train.front().second);
  const auto mean = data::to_tensor(images).view({500, 6}).to(at::kFloat).mean(0) / 255;
  EXPECT_LT((model->mean.detach() - mean).abs().max().item<double>(), 0.02);
}

TEST(MaximumLikelihood, HoldsOutTheShareAskedForAndRepeatsItself) {
  const MaximumLikelihoodOptions options{.epochs = 2, .batch = 10, .validation = 0.2, .seed = 3};
  const auto first = std::make_shared<Shifted>(6), second = std::make_shared<Shifted>(6);
  const auto epochs = maximum_likelihood(first, random_images(100), options);
  EXPECT_EQ(epochs.back().step, 16);
  ASSERT_EQ(epochs.back().held_out.size(), 1u);
  EXPECT_EQ(epochs.back().held_out.front().first, "log_likelihood");
  maximum_likelihood(second, random_images(100), options);
  EXPECT_TRUE(at::equal(first->mean, second->mean));
}

TEST(MaximumLikelihood, RefusesOptionsOutOfRange) {
  const auto model = std::make_shared<Shifted>(6);
  expect_says([&] { maximum_likelihood(model, random_images(10), {.epochs = -1}); },
              "epochs of at least 0, got -1");
  expect_says([&] { maximum_likelihood(model, random_images(10), {.batch = 0}); }, "batch");
  expect_says([&] { maximum_likelihood(model, random_images(10), {.learning_rate = std::nan("")}); },
              "a learning rate above 0, got nan");
  expect_says([&] { maximum_likelihood(model, random_images(10), {.validation = 1}); },
              "a validation share in [0, 1), got 1");
}

}  // namespace
}  // namespace pushforward::runs
