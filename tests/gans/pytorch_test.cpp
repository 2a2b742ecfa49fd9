// DCGAN and WGAN-GP against PyTorch's, at full width: goldens by tests/goldens/adversarial.py.
#include "tests/gans/formula.h"
#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

#include "pushforward/checkpoint/restore.h"
#include "pushforward/gans/adversarial.h"
#include "pushforward/gans/dcgan.h"
#include "pushforward/gans/sampling.h"

namespace pushforward::gans {
namespace {

checkpoint::File golden(const std::string& name) {
  return checkpoint::load(std::string(PUSHFORWARD_TESTS_DIR "/goldens/") + name + ".safetensors");
}

nn::NamedTensors named(const std::string& prefix, const nn::NamedTensors& tensors) {
  nn::NamedTensors result;
  for (const auto& [name, tensor] : tensors) result.emplace_back(prefix + name, tensor);
  return result;
}

/// A DcganGenerator whose latents are those of the goldens: "latent/1", "latent/2", … for any z.
class GoldenGenerator : public Generator {
 public:
  GoldenGenerator() : Generator(100) {
    auto init = nn::generator(0);
    inner = register_module("inner", std::make_shared<DcganGenerator>(DcganOptions{}, init));
  }
  at::Tensor forward(const at::Tensor& z) override {
    return inner->forward(formula_latents("latent/" + std::to_string(++calls), z.size(0)));
  }
  std::shared_ptr<DcganGenerator> inner;
  int calls = 0;
};

struct Networks {
  explicit Networks(CriticNorm norm, float scale = 1.0F) {
    auto init = nn::generator(0);
    critic = std::make_shared<DcganCritic>(DcganOptions{}, norm, init);
    auto state = named("generator.", nn::named_state(*generator->inner));
    const auto judged = named("discriminator.", nn::named_state(*critic));
    state.insert(state.end(), judged.begin(), judged.end());
    // Every name and every shape is PyTorch's, or this throws.
    checkpoint::restore({.path = "formula", .tensors = formula_state(norm == CriticNorm::batch, scale)},
                        state, "the networks");
  }
  std::shared_ptr<GoldenGenerator> generator = std::make_shared<GoldenGenerator>();
  std::shared_ptr<DcganCritic> critic;
};

/// max |a − b| / max |b|
double relative(const at::Tensor& a, const at::Tensor& b) {
  const auto expected = b.to(at::kDouble);
  return (a.to(at::kDouble) - expected).abs().max().item<double>() / expected.abs().max().item<double>();
}

TEST(PyTorch, GeneratorMakesItsImages) {
  const auto file = golden("dcgan/samples");
  const Networks networks(CriticNorm::batch);
  for (const auto& [mode, count, every, statistics] :
       {std::tuple{"eval", 4, 7, Statistics::running}, {"train", 16, 21, Statistics::batch}}) {
    const auto x = generate(*networks.generator->inner, formula_latents("samples", count), statistics);
    const auto rows = x.slice(2, 0, 64, every);
    EXPECT_LT((rows - *file.find(mode)).abs().max().item<double>(), 1e-5) << mode;
    EXPECT_LT(difference(checksums(x), *file.find(std::string("checksums/") + mode)), 1e-5) << mode;
  }
}

/// Ten of the study's steps; the losses before each.
at::Tensor walk(Networks& networks, double learning_rate, const std::function<void()>& after_first = {}) {
  Adversarial model(networks.generator, networks.critic,
                    {.generator = ops::AdamOptions{.learning_rate = learning_rate, .beta1 = 0.5},
                     .critic = ops::AdamOptions{.learning_rate = learning_rate, .beta1 = 0.5},
                     .generator_first = true,
                     .space = Space::points});
  auto losses = at::empty({10, 2}, at::kDouble);
  for (std::int64_t step = 0; step < 10; ++step) {
    const auto scalars = model.step(formula_images("real/" + std::to_string(step + 1), 16),
                                    {.step = step, .learning_rate = learning_rate});
    losses[step][0] = scalars[0].second;
    losses[step][1] = scalars[1].second;
    if (step == 0 && after_first) after_first();
  }
  return losses;
}

TEST(PyTorch, TenStepsHaveItsLossesAndRunningStatistics) {
  const auto file = golden("dcgan/trajectory");
  Networks networks(CriticNorm::batch);
  const auto losses = walk(networks, 5e-6);
  EXPECT_LT(relative(losses, *file.find("losses/float64")), 1e-3);
  for (const auto& [name, tensor] : named("generator.", nn::named_state(*networks.generator->inner))) {
    const auto* expected = file.find("state/" + name);
    if (expected != nullptr) {
      EXPECT_LT(relative(tensor, *expected), 1e-3) << name;
    }
  }
}

TEST(PyTorch, TheStudysRateHasItsFirstLosses) {
  // At 2e-4 PyTorch's own float32 and float64 part by 3e-4 at step 3 and by a half later.
  const auto file = golden("dcgan/trajectory");
  Networks networks(CriticNorm::batch);
  const auto losses = walk(networks, 2e-4), &expected = *file.find("losses.study/float64");
  EXPECT_LT(relative(losses.slice(0, 0, 3), expected.slice(0, 0, 3)), 1e-3);
}

TEST(PyTorch, FirstStepHasItsGradients) {
  // By the naive step, critic forward twice: adversarial_test.cpp holds the step that looks once to it.
  const auto file = golden("dcgan/trajectory");
  Networks networks(CriticNorm::batch);
  networks.generator->train();
  networks.critic->train();
  const auto fake = networks.generator->forward(at::zeros({16, 100}));
  const auto objective = non_saturating();
  objective.generator_loss(networks.critic->forward(fake)).backward();
  networks.critic->zero_grad();
  objective
      .critic_loss(networks.critic->forward(formula_images("real/1", 16)),
                   networks.critic->forward(fake.detach()))
      .backward();
  auto parameters = named("generator.", {});
  for (const auto& item : networks.generator->inner->named_parameters())
    parameters.emplace_back("generator." + item.key(), item.value().grad());
  // The generator has moved by the time the study's discriminator is differentiated, its fakes have not.
  for (const auto& item : networks.critic->named_parameters())
    parameters.emplace_back("discriminator." + item.key(), item.value().grad());
  ASSERT_EQ(parameters.size(), 13U + 11U);
  for (const auto& [name, gradient] : parameters) {
    const auto norm = file.find("norm/float64/" + name)->item<double>();
    const auto some = gradient.flatten().index_select(0, *file.find("index/" + name));
    const auto error = (some - *file.find("gradient/float64/" + name)).abs().max().item<double>();
    const auto largest = file.find("gradient/float64/" + name)->abs().max().item<double>();
    EXPECT_LT(error, 1e-3 * largest) << name;
    EXPECT_NEAR(gradient.norm().item<double>(), norm, 1e-3 * norm) << name;
  }
}

TEST(PyTorch, GradientPenaltyHasItsValueAndItsParameterGradient) {
  const auto file = golden("wgan_gp/critic");
  Networks networks(CriticNorm::none, 3.0F);
  networks.generator->train();
  at::Tensor fake;
  {
    const at::NoGradGuard no_grad;
    fake = networks.generator->forward(at::zeros({8, 100}));
  }
  // Its interpolates, with ε of the real image; ours are drawn inside, so the penalty is written out here.
  const auto mix = formula_epsilon("epsilon/1", 8).view({8, 1, 1, 1});
  const auto between = (mix * formula_images("real/1", 8) + (1 - mix) * fake).requires_grad_(true);
  const auto gradient =
      torch::autograd::grad({networks.critic->forward(between).sum()}, {between}, {}, true, true)[0];
  const auto norms = gradient.flatten(1).norm(2, {1});
  EXPECT_LT(relative(norms, *file.find("gradient_norms")), 1e-4);
  (norms - 1).square().mean().backward();
  for (const auto& item : networks.critic->named_parameters()) {
    const auto name = "discriminator." + item.key();
    const auto some = item.value().grad().flatten().index_select(0, *file.find("index/" + name));
    EXPECT_LT(relative(some, *file.find("penalty/" + name)), 1e-3) << name;
    EXPECT_LT(relative(item.value().grad().norm(), file.find("penalty.norm/" + name)->squeeze()), 1e-3)
        << name;
  }
}

}  // namespace
}  // namespace pushforward::gans
