#include "pushforward/nn/update.h"

#include "tests/nn/gaussian.h"
#include "tests/nn/reducers.h"

#include "pushforward/nn/descent.h"
#include "pushforward/nn/linear.h"

namespace pushforward::nn {
namespace {

const std::vector<OptimiserOptions> all{ops::AdamOptions{}, ops::RmsPropOptions{}, ops::MuonOptions{}};

/// A loss of all parameters whose gradients are of either sign and of several magnitudes.
at::Tensor loss_of(Gaussian& model) {
  return -model.log_prob(normal({16, 4}, 3) * at::tensor({0.1F, 1.F, 2.F, 5.F}) + 0.5, {}).mean();
}

/// The Gaussian's parameters start at zero: where they are after an update is how far they went.
NamedTensors after_one(UpdateOptions options) {
  Gaussian model(4);
  Update update(model, std::move(options));
  update.differentiate(loss_of(model));
  update.apply(0, 0.01);
  return copy(update.weights());
}

TEST(Update, TheOppositeGradientGoesTheOppositeWay) {
  for (const auto& optimiser : all)
    for (const double clip : {0.0, 0.5}) {
      const auto there = after_one({.optimiser = optimiser, .clip_norm = clip});
      const auto back =
          after_one({.optimiser = optimiser, .clip_norm = clip, .reducer = std::make_shared<Opposed>()});
      for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_GT(there[i].second.abs().min().item<double>(), 1e-3) << there[i].first;
        EXPECT_TRUE(identical(back[i].second, -there[i].second)) << there[i].first;
      }
    }
}

TEST(Update, WhatComesFromAnotherProcessIsLookedAtAndClipped) {
  for (const double clip : {0.0, 0.5}) {
    Gaussian model(4);
    Descent descent(model, {.clip_norm = clip, .ema_decay = 0.9, .reducer = std::make_shared<Poisoned>()});
    const auto before = copy(descent.state());
    try {
      descent.minimise(loss_of(model), {.step = 0, .learning_rate = 0.01});
      ADD_FAILURE() << "no NonFinite";
    } catch (const NonFinite& error) {
      EXPECT_STREQ(error.what(), "the gradient of mean is not finite");
    }
    expect_identical(descent.state(), before);
    EXPECT_FALSE(model.mean.grad().defined()) << "no trace is left in the gradients";
  }
}

TEST(Update, ALossIsAskedForInEveryProcess) {
  const Gaussian model(4);
  EXPECT_TRUE(Update(model, {}).is_finite(1));
  EXPECT_FALSE(Update(model, {}).is_finite(std::nan("")));
  EXPECT_FALSE(Update(model, {.reducer = std::make_shared<Failing>()}).is_finite(1));
}

TEST(Update, HandsOverAGradientForEveryParameterLyingAsItDoes) {
  auto init = generator(1);
  Linear layer(5, 3, init);
  const auto counting = std::make_shared<Counting>();
  Update update(layer, {.reducer = counting});
  // A transposed product's gradient is transposed; the bias is not in the loss.
  update.differentiate((layer.weight.t() * normal({5, 3}, 1)).sum());
  update.apply(0, 0.1);
  update.differentiate(layer.bias.sum());
  ASSERT_EQ(counting->seen.size(), 2u) << "once an update";
  for (const auto& gradients : counting->seen) {
    ASSERT_EQ(gradients.size(), 2u);
    EXPECT_EQ(gradients[0].strides(), layer.weight.strides());
    EXPECT_EQ(gradients[1].sizes(), layer.bias.sizes());
  }
  EXPECT_TRUE(identical(counting->seen[0][0], normal({5, 3}, 1).t().contiguous()));
  EXPECT_TRUE(identical(counting->seen[0][1], at::zeros({3})));
}

TEST(Update, MeasuresTheNormWhenAskedAndBeforeClipping) {
  Gaussian model(4);
  const auto norm = [&](UpdateOptions options) {
    return Update(model, std::move(options)).differentiate(loss_of(model));
  };
  EXPECT_FALSE(norm({}).has_value());
  const auto measured = norm({.measure_norm = true}), clipped = norm({.clip_norm = 1e-3});
  ASSERT_TRUE(measured && clipped);
  EXPECT_GT(*measured, 1);
  EXPECT_EQ(*measured, *clipped);
}

TEST(Update, DifferentiatesAlongASignal) {
  Gaussian model(4);
  const auto counting = std::make_shared<Counting>();
  Update update(model, {.reducer = counting});
  const auto signal = normal({4}, 7);
  update.differentiate(2 * model.mean, signal);
  EXPECT_TRUE(identical(counting->seen[0][0], 2 * signal));
}

TEST(Descent, TakesAnyOptimiser) {
  Gaussian model(4);
  Descent descent(model, {.optimiser = ops::RmsPropOptions{.alpha = 0.75}});
  EXPECT_EQ(names_of(descent.state()),
            (std::vector<std::string>{"model.mean", "model.log_sd", "model.updates",
                                      "rmsprop.second_moment.mean", "rmsprop.second_moment.log_sd"}));
  descent.minimise(loss_of(model), {.step = 0, .learning_rate = 0.01});
  // The first update is lr·g/√((1 − α)g²) = 2·lr·sign(g).
  EXPECT_LT(difference(model.mean.abs(), at::full({4}, 0.02)), 1e-6);
}

}  // namespace
}  // namespace pushforward::nn
