#include "pushforward/nn/maximum_likelihood.h"

#include "tests/nn/gaussian.h"

#include "pushforward/core/random.h"

namespace pushforward::nn {
namespace {

constexpr StepInfo first{.step = 0, .learning_rate = 0.05};

at::Tensor batch(std::uint64_t seed) {
  return 0.5 * normal({64, 4}, seed) + 2.0;
}

/// A few steps, so that no moment is zero.
void warm_up(MaximumLikelihood& step) {
  for (std::int64_t i = 0; i < 5; ++i)
    step.step(batch(static_cast<std::uint64_t>(i)), {.step = i, .learning_rate = 0.05});
}

std::string message_of_non_finite(const std::function<void()>& action) {
  try {
    action();
  } catch (const NonFinite& error) {
    return error.what();
  }
  return "no NonFinite";
}

TEST(MaximumLikelihood, FindsTheMaximum) {
  const auto model = std::make_shared<Gaussian>(4);
  MaximumLikelihood step(model, {});
  const auto x = batch(1);
  for (std::int64_t i = 0; i < 600; ++i) step.step(x, {.step = i, .learning_rate = i < 400 ? 0.05 : 0.005});
  EXPECT_LT(difference(model->mean, x.mean(0)), 0.02);
  EXPECT_LT(difference(model->log_sd.exp(), (x.var(0, false) + 0.01).sqrt()), 0.03);  // 0.1² of the jitter
}

TEST(MaximumLikelihood, StepReportsWhatItMaximises) {
  const auto model = std::make_shared<Gaussian>(4);
  MaximumLikelihood step(model, {.descent = {.clip_norm = 1e-3}});
  const auto expected =
      model->log_prob(batch(1), {.generator = generator(stream_key(0, "noise", 3))}).mean().item<double>();
  const auto scalars = step.step(batch(1), {.step = 3, .learning_rate = 0.05});
  ASSERT_EQ(scalars.size(), 2u);
  EXPECT_EQ(scalars[0], (std::pair<std::string, double>("log_likelihood", expected)));
  EXPECT_EQ(scalars[1].first, "gradient_norm");
  EXPECT_GT(scalars[1].second, 1e-3) << "the norm before clipping";
}

TEST(MaximumLikelihood, NamesItsState) {
  MaximumLikelihood step(std::make_shared<Gaussian>(4), {.descent = {.ema_decay = 0.9}});
  EXPECT_EQ(names_of(step.state()),
            (std::vector<std::string>{"model.mean", "model.log_sd", "model.updates", "adam.first_moment.mean",
                                      "adam.first_moment.log_sd", "adam.second_moment.mean",
                                      "adam.second_moment.log_sd", "ema.mean", "ema.log_sd", "ema.updates"}));
  EXPECT_EQ(names_of(step.weights()), (std::vector<std::string>{"mean", "log_sd", "updates"}));
}

TEST(MaximumLikelihood, NoiseIsAFunctionOfSeedAndStep) {
  const auto value = [](std::uint64_t seed, std::int64_t at) {
    MaximumLikelihood step(std::make_shared<Gaussian>(4), {.seed = seed});
    return step.step(batch(1), {.step = at, .learning_rate = 0.05})[0].second;
  };
  EXPECT_EQ(value(1, 5), value(1, 5));
  EXPECT_NE(value(1, 5), value(1, 6));
  EXPECT_NE(value(1, 5), value(2, 5));
}

TEST(MaximumLikelihood, ANonFiniteLossChangesNothing) {
  MaximumLikelihood step(std::make_shared<Gaussian>(4), {.descent = {.clip_norm = 1, .ema_decay = 0.9}});
  warm_up(step);
  const auto before = copy(step.state());
  auto broken = batch(9);
  broken[3][2] = std::nan("");
  EXPECT_EQ(message_of_non_finite([&] { step.step(broken, {.step = 5, .learning_rate = 0.05}); }),
            "the log-likelihood is nan, first in the input");
  expect_identical(step.state(), before);
  step.step(batch(9), {.step = 5, .learning_rate = 0.05});
  EXPECT_EQ(first_non_finite(step.state()), "") << "no trace is left in the gradients";
}

TEST(MaximumLikelihood, ANonFiniteGradientChangesNothing) {
  for (const double clip : {0.0, 1.0}) {
    MaximumLikelihood step(std::make_shared<Root>(at::IntArrayRef{3}),
                           {.descent = {.clip_norm = clip, .ema_decay = 0.9}});
    const auto before = copy(step.state());
    EXPECT_EQ(message_of_non_finite([&] {
                step.step(at::ones({2, 3}), first);
              }),
              "the gradient of root is not finite");
    expect_identical(step.state(), before);
  }
}

TEST(MaximumLikelihood, ANonFiniteGradientNormChangesNothing) {
  MaximumLikelihood step(std::make_shared<Root>(at::IntArrayRef{3, 2}), {.descent = {.clip_norm = 1}});
  const auto before = copy(step.state());
  EXPECT_EQ(message_of_non_finite([&] {
              step.step(at::ones({2, 3}), first);
            }),
            "the gradient of root is not finite");
  expect_identical(step.state(), before);
}

TEST(MaximumLikelihood, AveragesAreWhatIsEvaluatedSampledAndSaved) {
  const auto model = std::make_shared<Gaussian>(4), averaged = std::make_shared<Gaussian>(4);
  MaximumLikelihood step(model, {.descent = {.ema_decay = 0.9}});
  warm_up(step);
  const auto state = copy(step.state());
  const auto weights = copy(step.weights());
  averaged->mean.data().copy_(weights[0].second);
  averaged->log_sd.data().copy_(weights[1].second);
  MaximumLikelihood expected(averaged, {});
  EXPECT_NE(step.evaluate(batch(7)), expected.evaluate(batch(7)));

  step.use_averages(true);
  step.use_averages(true);
  EXPECT_EQ(step.evaluate(batch(7)), expected.evaluate(batch(7)));
  EXPECT_TRUE(identical(step.sample(8, generator(3)), expected.sample(8, generator(3))));
  step.use_averages(false);
  expect_identical(step.state(), state);
  expect_identical(step.weights(), weights);
}

TEST(MaximumLikelihood, WithoutAveragesTheWeightsAreTheParameters) {
  const auto model = std::make_shared<Gaussian>(4);
  MaximumLikelihood step(model, {});
  warm_up(step);
  step.use_averages(true);
  expect_identical(step.weights(), named_state(*model));
}

}  // namespace
}  // namespace pushforward::nn
