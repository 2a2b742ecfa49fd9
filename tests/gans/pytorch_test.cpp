// DCGAN and WGAN-GP against PyTorch's, at full width: goldens by tests/goldens/adversarial.py.
#include "tests/gans/formula.h"
#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

#include "pushforward/checkpoint/restore.h"
#include "pushforward/gans/adversarial.h"
#include "pushforward/gans/dcgan.h"
#include "pushforward/gans/regulariser.h"
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
    const auto dtype = inner->parameters()[0].scalar_type();
    return inner->forward(formula_latents("latent/" + std::to_string(++calls), z.size(0)).to(dtype));
  }
  std::shared_ptr<DcganGenerator> inner;
  int calls = 0;
};

struct Networks {
  /// In float32 the fast kernels run, in float64 the composed references.
  explicit Networks(CriticNorm norm, float scale = 1.0F, at::ScalarType dtype = at::kFloat) {
    auto init = nn::generator(0);
    critic = std::make_shared<DcganCritic>(DcganOptions{}, norm, init);
    auto state = named("generator.", nn::named_state(*generator->inner));
    const auto judged = named("discriminator.", nn::named_state(*critic));
    state.insert(state.end(), judged.begin(), judged.end());
    // Every name and every shape is PyTorch's, or this throws.
    checkpoint::restore({.path = "formula", .tensors = formula_state(norm == CriticNorm::batch, scale)},
                        state, "the networks");
    generator->to(dtype);
    critic->to(dtype);
  }
  /// "real/1", …
  at::Tensor images(std::int64_t number, std::int64_t count) const {
    return formula_images("real/" + std::to_string(number), count).to(critic->parameters()[0].scalar_type());
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
    const auto scalars =
        model.step(networks.images(step + 1, 16), {.step = step, .learning_rate = learning_rate});
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

TEST(PyTorch, TenStepsAtTheStudysRateHaveItsLosses) {
  const auto file = golden("dcgan/trajectory");
  const auto& expected = *file.find("losses.study/float64");
  Networks exact(CriticNorm::batch, 1, at::kDouble), fast(CriticNorm::batch);
  EXPECT_LT(relative(walk(exact, 2e-4), expected), 1e-6);
  // In float32 these steps are chaotic: PyTorch's own parts from float64 by 3e-4 at step 3, by a half later.
  EXPECT_LT(relative(walk(fast, 2e-4).slice(0, 0, 3), expected.slice(0, 0, 3)), 1e-3);
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

/// gradient_penalty(10) at interpolates with the goldens' ε of the real image: between an image and itself
/// every draw is the image.
Regulariser golden_penalty(int& calls) {
  return {.penalty = [&calls](Critic& critic, const at::Tensor& real, const at::Tensor& fake,
                              at::Generator& draws) {
    const auto mix = formula_epsilon("epsilon/" + std::to_string(++calls), real.size(0)).view({-1, 1, 1, 1});
    const auto between = mix * real + (1 - mix) * fake;
    return gradient_penalty(10).penalty(critic, between, between, draws);
  }};
}

TEST(PyTorch, GradientPenaltyHasItsParameterGradient) {
  const auto file = golden("wgan_gp/critic");
  Networks networks(CriticNorm::none, 3.0F);
  networks.generator->train();
  const auto fake = networks.generator->forward(at::zeros({8, 100})).detach();
  int calls = 0;
  auto draws = nn::generator(0);
  const auto penalty =
      golden_penalty(calls).penalty(*networks.critic, formula_images("real/1", 8), fake, draws) / 10;
  const auto norms = *file.find("gradient_norms");
  EXPECT_LT(relative(penalty, (norms - 1).square().mean()), 1e-3);
  penalty.backward();
  for (const auto& item : networks.critic->named_parameters()) {
    const auto name = "discriminator." + item.key();
    const auto some = item.value().grad().flatten().index_select(0, *file.find("index/" + name));
    EXPECT_LT(relative(some, *file.find("penalty/" + name)), 1e-3) << name;
    EXPECT_LT(relative(item.value().grad().norm(), file.find("penalty.norm/" + name)->squeeze()), 1e-3)
        << name;
  }
}

/// Five critic steps and the generator's; critic losses and unweighted penalties, and the generator's loss
/// and gradient norm.
std::pair<at::Tensor, at::Tensor> wgan_gp_steps(Networks& networks) {
  int calls = 0;
  const ops::AdamOptions adam{.learning_rate = 1e-4, .beta1 = 0, .beta2 = 0.9};
  Adversarial model(networks.generator, networks.critic,
                    {.objective = wasserstein(),
                     .regulariser = golden_penalty(calls),
                     .schedule = CriticSchedule(5),
                     .generator = adam,
                     .critic = adam,
                     .space = Space::points});
  auto losses = at::empty({5, 2}, at::kDouble), last = at::empty({2}, at::kDouble);
  for (std::int64_t step = 0; step < 5; ++step)
    for (const auto& [name, value] :
         model.step(networks.images(step + 1, 8), {.step = step, .learning_rate = adam.learning_rate})) {
      if (name == "critic_loss") losses[step][0] = value;
      if (name == "penalty") losses[step][1] = value / 10;
      if (name == "generator_loss") last[0] = value;
      if (name == "generator_gradient_norm") last[1] = value;
    }
  return {losses, last};
}

TEST(PyTorch, FiveCriticStepsAndAGeneratorStepOfWganGp) {
  const auto file = golden("wgan_gp/critic");
  const auto &losses = *file.find("losses/float64"), &last = *file.find("generator/float64");
  Networks exact(CriticNorm::none, 3, at::kDouble), fast(CriticNorm::none, 3);
  const auto in_double = wgan_gp_steps(exact), in_float = wgan_gp_steps(fast);
  EXPECT_LT(relative(in_double.first, losses), 1e-6);
  EXPECT_LT(relative(in_double.second, last), 1e-6);
  // Adam without momentum steps by the signs of gradients near zero: errors grow tenfold a step.
  EXPECT_LT(relative(in_float.first.slice(0, 0, 3), losses.slice(0, 0, 3)), 1e-3);
  EXPECT_LT(relative(in_float.second, last), 1e-3);
}

}  // namespace
}  // namespace pushforward::gans
