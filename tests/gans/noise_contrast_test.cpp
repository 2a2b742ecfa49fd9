// A density corrected by a discriminator: the logit, the constant, and the two phases of its training.
#include "tests/gans/networks.h"

#include "pushforward/gans/corrected_training.h"
#include "pushforward/gans/mlp.h"
#include "pushforward/nn/maximum_likelihood.h"
#include "pushforward/nn/random.h"

namespace pushforward::gans {
namespace {

std::shared_ptr<MlpCritic> small_critic() {
  auto init = nn::generator(1);
  return std::make_shared<MlpCritic>(MlpCriticOptions{.dims = 2, .hidden = {32, 32}, .slope = 0.2}, init);
}

at::Tensor shifted(std::int64_t n, std::uint64_t seed) {
  return nn::draw_normal({n, 2}, 1, 1, nn::generator(seed));
}

/// Data N(1, I) and noise N(0, I) in the plane: h(x) = x₁ + x₂ − 1.
TEST(NoiseContrast, LearnsTheLogDensityRatio) {
  const auto critic = small_critic();
  NoiseContrast training(std::make_shared<nn::Gaussian>(2), critic, {});
  const double before = nn::value_of(training.evaluate(shifted(2'000, 3)), "contrast");
  for (std::int64_t i = 0; i < 600; ++i)
    training.step(shifted(512, 100 + static_cast<std::uint64_t>(i)), {.step = i, .learning_rate = 2e-3});
  const auto x = shifted(2'000, 3);
  EXPECT_GT(nn::value_of(training.evaluate(x), "contrast"), before + 0.2);
  const at::NoGradGuard no_grad;
  const auto error = (log_ratio(*critic, x, {}) - (x.sum(1) - 1)).abs().mean().item<double>();
  EXPECT_LT(error, 0.15);
  const auto noise = training.sample(50'000, nn::generator(4));
  EXPECT_NEAR(log_ratio(*critic, noise, {}).exp().mean().item<double>(), 1, 0.15) << "Z";
}

TEST(NoiseContrast, StatesTheContrastAndBothMeans) {
  const auto critic = std::make_shared<LinearCritic>(at::zeros({2}));
  NoiseContrast training(std::make_shared<nn::Gaussian>(2), critic, {.descent = {.clip_norm = 1}});
  const auto scalars = training.step(shifted(64, 1), {.learning_rate = 1e-3});
  ASSERT_EQ(scalars.size(), 4u);
  EXPECT_NEAR(nn::value_of(scalars, "contrast"), -std::log(4), 1e-6) << "undecided";
  EXPECT_EQ(nn::value_of(scalars, "ratio_data"), 0);
  EXPECT_EQ(nn::value_of(scalars, "ratio_samples"), 0);
  EXPECT_GT(nn::value_of(scalars, "gradient_norm"), 0);
  EXPECT_EQ(training.evaluate(shifted(8, 2)), training.evaluate(shifted(8, 2)));
}

TEST(NoiseContrast, ShowsTheCriticImages) {
  const auto critic = std::make_shared<LinearCritic>(at::ones({4}));
  const auto h = log_ratio(*critic, at::full({3, 4}, 0.75), {1, 2, 2});
  EXPECT_EQ(critic->shown.sizes(), (at::IntArrayRef{3, 1, 2, 2}));
  EXPECT_TRUE(at::allclose(h, at::full({3}, 2.0))) << "four pixels of 2·¾ − 1";
}

TEST(NoiseContrast, ABrokenBatchChangesNothing) {
  const auto critic = small_critic();
  NoiseContrast training(std::make_shared<nn::Gaussian>(2), critic, {});
  training.step(shifted(16, 1), {.learning_rate = 1e-3});
  const auto before = nn::copy(training.state());
  EXPECT_THROW(training.step(shifted(16, 2) * std::nan(""), {.step = 1, .learning_rate = 1e-3}),
               nn::NonFinite);
  nn::expect_identical(before, training.state());
}

CorrectedTraining two_phases(const std::shared_ptr<nn::Gaussian>& density, double ema_decay = 0) {
  return {std::make_unique<nn::MaximumLikelihood>(
              density, nn::MaximumLikelihoodOptions{.descent = {.ema_decay = ema_decay}}),
          std::make_unique<NoiseContrast>(density, small_critic(), NoiseContrastOptions{}),
          {.density_epochs = 1}};
}

TEST(CorrectedTraining, FirstOnlyTheDensityLearnsThenOnlyTheDiscriminator) {
  auto training = two_phases(std::make_shared<nn::Gaussian>(2));
  const auto changes = [&](std::int64_t epoch, const char* scalar) {
    const auto before = nn::copy(training.state());
    for (std::int64_t i = 0; i < 3; ++i) {
      const auto scalars = training.step(shifted(16, static_cast<std::uint64_t>(i)),
                                         {.step = 3 * epoch + i, .epoch = epoch, .learning_rate = 1e-2});
      EXPECT_EQ(scalars[0].first, scalar);
    }
    EXPECT_EQ(training.evaluate(shifted(8, 9))[0].first, scalar);
    const auto after = training.state();
    std::string prefixes;
    for (std::size_t i = 0; i < after.size(); ++i)
      if (!identical(before[i].second, after[i].second)) {
        const auto prefix = after[i].first.substr(0, after[i].first.find_first_of("._"));
        if (prefixes.find(prefix) == std::string::npos) prefixes += prefix + " ";
      }
    return prefixes;
  };
  EXPECT_EQ(changes(0, "log_likelihood"), "flow ");
  EXPECT_EQ(changes(1, "contrast"), "discriminator ");
  EXPECT_EQ(training.sample(5, nn::generator(1)).sizes(), (at::IntArrayRef{5, 2}));
}

TEST(CorrectedTraining, TheNoiseIsOfTheAverages) {
  const auto density = std::make_shared<nn::Gaussian>(2);
  auto training = two_phases(density, 0.5);
  for (std::int64_t i = 0; i < 4; ++i)
    training.step(shifted(64, static_cast<std::uint64_t>(i)), {.step = i, .learning_rate = 0.3});
  const auto own = density->mean.detach().clone();
  training.step(shifted(64, 9), {.step = 4, .epoch = 1, .learning_rate = 1e-3});
  EXPECT_TRUE(identical(own, density->mean.detach())) << "put back";
}

}  // namespace
}  // namespace pushforward::gans
