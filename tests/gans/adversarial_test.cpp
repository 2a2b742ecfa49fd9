#include "pushforward/gans/adversarial.h"

#include "tests/gans/networks.h"
#include "tests/nn/reducers.h"

#include "pushforward/core/random.h"
#include "pushforward/gans/mlp.h"
#include "pushforward/nn/adam.h"

namespace pushforward::gans {
namespace {

using nn::Scalars;

constexpr double learning_rate = 1e-2;

nn::StepInfo at_step(std::int64_t step) {
  return {.step = step, .learning_rate = learning_rate};
}

at::Tensor points(std::int64_t n, std::uint64_t seed) {
  return normal({n, 3}, seed, at::kDouble) + 1;
}

AdversarialOptions tiny_options() {
  return {.generator = ops::AdamOptions{.learning_rate = learning_rate, .beta1 = 0.5},
          .critic = ops::AdamOptions{.learning_rate = learning_rate, .beta1 = 0.5},
          .space = Space::points,
          .seed = 7};
}

at::Tensor drawn(const char* purpose, std::int64_t n, std::int64_t step) {
  return latents(n, TinyGenerator(), nn::generator(stream_key(7, purpose, static_cast<std::uint64_t>(step))));
}

double scalar(const Scalars& scalars, const std::string& name) {
  for (const auto& [key, value] : scalars)
    if (key == name) return value;
  ADD_FAILURE() << "no scalar " << name;
  return 0;
}

at::Tensor tensor(const nn::NamedTensors& state, const std::string& name) {
  for (const auto& [key, value] : state)
    if (key == name) return value;
  ADD_FAILURE() << "no tensor " << name;
  return {};
}

TEST(Adversarial, OnePassIsTheTwoPassesOfTheTextbook) {
  for (const auto& name : objective_names())
    for (const bool batch_norm : {false, true}) {
      auto options = tiny_options();
      options.objective = objective(name);
      options.generator_first = true;
      Adversarial step(std::make_shared<TinyGenerator>(), std::make_shared<TinyCritic>(batch_norm), options);
      const auto scalars = step.step(points(16, 1), at_step(0));

      TinyGenerator generator;
      TinyCritic critic(batch_norm);
      const auto o = objective(name);
      const auto fake = generator.forward(drawn("latents", 16, 0));
      const auto generator_loss = o.generator_loss(critic.forward(fake));
      const auto of_generator = gradients(generator_loss, generator.parameters());
      const auto real = critic.forward(points(16, 1)), detached = critic.forward(fake.detach());
      const auto critic_loss = o.critic_loss(real, detached);
      const auto of_critic = gradients(critic_loss, critic.parameters());

      // Adam's first moment after one update is (1 − β₁) times the gradient.
      const auto state = step.state();
      const auto compare = [&](const std::string& prefix, const nn::Module& network,
                               const Tensors& expected) {
        double squares = 0;
        std::size_t i = 0;
        for (const auto& item : network.named_parameters()) {
          EXPECT_LT(
              difference(tensor(state, prefix + "_optimiser.first_moment." + item.key()), 0.5 * expected[i]),
              1e-13)
              << name << " " << prefix << " " << item.key();
          squares += expected[i++].square().sum().item<double>();
        }
        EXPECT_NEAR(scalar(scalars, prefix + "_gradient_norm"), std::sqrt(squares), 1e-9);
      };
      compare("generator", generator, of_generator);
      compare("critic", critic, of_critic);
      EXPECT_NEAR(scalar(scalars, "generator_loss"), generator_loss.item<double>(), 1e-12);
      EXPECT_NEAR(scalar(scalars, "critic_loss"), critic_loss.item<double>(), 1e-12);
      EXPECT_NEAR(scalar(scalars, "critic_real"), real.mean().item<double>(), 1e-12);
      EXPECT_NEAR(scalar(scalars, "critic_fake"), detached.mean().item<double>(), 1e-12);
    }
}

TEST(Adversarial, CriticFirstIsTheLoopOfThePaper) {
  auto options = tiny_options();
  options.objective = wasserstein();
  options.regulariser = gradient_penalty(2);
  options.schedule = CriticSchedule(2);
  Adversarial step(std::make_shared<TinyGenerator>(), std::make_shared<TinyCritic>(false), options);

  TinyGenerator generator;
  TinyCritic critic(false);
  nn::Adam for_generator(generator, {.beta1 = 0.5}), for_critic(critic, {.beta1 = 0.5});
  for (std::int64_t i = 0; i < 6; ++i) {
    const auto real = points(8, static_cast<std::uint64_t>(i));
    const auto scalars = step.step(real, at_step(i));

    const auto fake = generator.forward(drawn("latents", 8, i)).detach();
    const auto on_real = critic.forward(real), on_fake = critic.forward(fake);
    auto draws = nn::generator(stream_key(7, "regulariser", static_cast<std::uint64_t>(i)));
    const auto penalty = options.regulariser.penalty(critic, real, fake, draws);
    (on_fake.mean() - on_real.mean() + penalty).backward();
    EXPECT_NEAR(scalar(scalars, "wasserstein"), (on_real.mean() - on_fake.mean()).item<double>(), 1e-9);
    EXPECT_NEAR(scalar(scalars, "penalty"), penalty.item<double>(), 1e-9);
    for_critic.update(i + 1, learning_rate);
    for_critic.zero_gradients();
    if (i % 2 == 1) {
      const auto loss = -critic.forward(generator.forward(drawn("generator latents", 8, i))).mean();
      loss.backward();
      EXPECT_NEAR(scalar(scalars, "generator_loss"), loss.item<double>(), 1e-9);
      for_generator.update(i / 2 + 1, learning_rate);
      for_generator.zero_gradients();
      for_critic.zero_gradients();
    }
  }
  for (const auto& [name, expected] : nn::named_state(generator))
    EXPECT_LT(difference(tensor(step.state(), "generator." + name), expected), 1e-10) << name;
  for (const auto& [name, expected] : nn::named_state(critic))
    EXPECT_LT(difference(tensor(step.state(), "critic." + name), expected), 1e-10) << name;
}

TEST(Adversarial, UpdatesTheGeneratorWhenItIsDue) {
  for (const bool first : {false, true}) {
    auto options = tiny_options();
    options.schedule = CriticSchedule(3);
    options.generator_first = first;
    const auto generator = std::make_shared<TinyGenerator>();
    Adversarial step(generator, std::make_shared<TinyCritic>(false), options);
    Scalars before;
    for (std::int64_t i = 0; i < 9; ++i) {
      const auto weight = generator->w1.detach().clone();
      const auto scalars = step.step(points(4, static_cast<std::uint64_t>(i)), at_step(i));
      const bool moved = !identical(generator->w1, weight);
      EXPECT_EQ(moved, i % 3 == (first ? 0 : 2)) << i;
      if (!moved && i > 2) {
        for (const auto* name : {"generator_loss", "generator_gradient_norm", "generator_update_norm"})
          EXPECT_EQ(scalar(scalars, name), scalar(before, name)) << "repeated";
      }
      EXPECT_GT(scalar(scalars, "critic_update_norm"), 0);
      before = scalars;
    }
    EXPECT_TRUE(identical(tensor(step.state(), "position"), at::tensor({3L, 0L}, at::kLong)));
  }
}

TEST(Adversarial, ReportsHowFarTheNetworksMoved) {
  const auto generator = std::make_shared<TinyGenerator>();
  const auto critic = std::make_shared<TinyCritic>(true);
  auto options = tiny_options();
  options.critic = ops::RmsPropOptions{.learning_rate = learning_rate / 10};
  Adversarial step(generator, critic, options);
  const auto flat = [](const nn::Module& network) {
    Tensors all;
    for (const auto& p : network.parameters()) all.push_back(p.detach().flatten().clone());
    return at::cat(all);
  };
  const auto g = flat(*generator), c = flat(*critic);
  const auto scalars = step.step(points(8, 1), at_step(0));
  EXPECT_NEAR(scalar(scalars, "generator_update_norm"), (flat(*generator) - g).norm().item<double>(), 1e-9);
  EXPECT_NEAR(scalar(scalars, "critic_update_norm"), (flat(*critic) - c).norm().item<double>(), 1e-9);
  // RMSprop's first update is 10·lr·sign(g), its rate in proportion to the generator's.
  EXPECT_NEAR((flat(*critic) - c).abs().max().item<double>(), learning_rate, 1e-5);
}

TEST(Adversarial, TheOppositeGradientMovesBothNetworksTheOppositeWay) {
  auto options = tiny_options();
  options.generator_first = true;  // Both gradients are taken where the networks start.
  const auto after_one = [&] {
    Adversarial step(std::make_shared<TinyGenerator>(), std::make_shared<TinyCritic>(true), options);
    step.step(points(8, 1), at_step(0));
    return nn::copy(step.state());
  };
  const auto there = after_one();
  options.reducer = std::make_shared<nn::Opposed>();
  const auto back = after_one();
  const auto expect_opposite = [&](const std::string& prefix, const nn::Module& start) {
    for (const auto& item : start.named_parameters()) {
      const auto moment = prefix + "_optimiser.first_moment." + item.key(), name = prefix + "." + item.key();
      EXPECT_GT(tensor(there, moment).abs().max().item<double>(), 0) << moment;
      EXPECT_TRUE(identical(tensor(back, moment), -tensor(there, moment))) << moment;
      const auto far = tensor(there, name) - item.value();
      EXPECT_LT(difference(tensor(back, name) - item.value(), -far), 1e-15) << name;
      EXPECT_GT(far.abs().max().item<double>(), learning_rate / 2) << name;
    }
  };
  expect_opposite("generator", TinyGenerator());
  expect_opposite("critic", TinyCritic(true));
}

TEST(Adversarial, NamesItsStateAndWeights) {
  auto options = tiny_options();
  options.ema_decay = 0.9;
  options.critic = ops::RmsPropOptions{.learning_rate = learning_rate};
  Adversarial step(std::make_shared<TinyGenerator>(), std::make_shared<TinyCritic>(true), options);
  const auto state = step.state(), weights = step.weights();
  for (const auto* name : {"generator.w1", "critic.running_mean", "generator_optimiser.second_moment.b",
                           "critic_optimiser.second_moment.scale", "ema.w2", "position", "last_generator"})
    EXPECT_TRUE(tensor(state, name).defined());
  EXPECT_EQ(nn::names_of(weights),
            (std::vector<std::string>{"generator.w1", "generator.b", "generator.w2", "critic.w1", "critic.w2",
                                      "critic.scale", "critic.shift", "critic.running_mean",
                                      "critic.running_var"}));
}

TEST(Adversarial, EvaluatesAndSamplesWithoutATrace) {
  const auto critic = std::make_shared<TinyCritic>(true);
  auto options = tiny_options();
  options.ema_decay = 0.5;
  Adversarial step(std::make_shared<TinyGenerator>(), critic, options);
  for (std::int64_t i = 0; i < 3; ++i) step.step(points(8, 1), at_step(i));
  const auto before = nn::copy(step.state());
  const auto held_out = step.evaluate(points(8, 5));
  const auto plain = step.sample(4, nn::generator(1));
  EXPECT_TRUE(critic->is_training());
  nn::expect_identical(step.state(), before);
  EXPECT_NEAR(scalar(held_out, "critic_held_out"), critic->forward(points(8, 5)).mean().item<double>(), 1e-12)
      << "as in training";

  step.use_averages(true);
  TinyGenerator averaged;
  for (const auto& item : averaged.named_parameters())
    item.value().data().copy_(tensor(before, "ema." + item.key()));
  const auto sample = step.sample(4, nn::generator(1));
  EXPECT_TRUE(identical(sample, averaged.forward(latents(4, averaged, nn::generator(1))).detach()));
  EXPECT_FALSE(identical(sample, plain));
}

TEST(Adversarial, RefusesWhatCannotTrain) {
  auto options = tiny_options();
  Adversarial step(std::make_shared<TinyGenerator>(), std::make_shared<TinyCritic>(false), options);
  expect_says(
      [&] {
        step.step(at::zeros({4, 5}, at::kDouble), at_step(0));
      },
      "[adversarial] expected a batch like the generator's output [4, 3], got [4, 5]");
  options.critic = ops::AdamOptions{.learning_rate = 0};
  expect_usage(
      [&] { Adversarial(std::make_shared<TinyGenerator>(), std::make_shared<TinyCritic>(false), options); },
      "[adversarial] expected learning rates above 0, got 0");
}

/// N(0, 1), with nothing to learn.
class StandardNormal : public Generator {
 public:
  StandardNormal() : Generator(1) {}
  at::Tensor forward(const at::Tensor& z) override { return z; }
};

TEST(Adversarial, TheOptimalCriticIsTheLogDensityRatio) {
  auto init = nn::generator(3);
  const auto critic = std::make_shared<MlpCritic>(MlpCriticOptions{.dims = 1, .hidden = {32, 32}}, init);
  Adversarial step(std::make_shared<StandardNormal>(), critic,
                   {.objective = minimax(), .schedule = CriticSchedule(1000000), .space = Space::points});
  for (std::int64_t i = 0; i < 1500; ++i)
    step.step(normal({512, 1}, static_cast<std::uint64_t>(i)) * 0.8 + 1,
              {.step = i, .learning_rate = i < 1000 ? 5e-3 : 5e-4});
  const auto x = at::linspace(-1.0, 2.0, 31, at::kFloat);
  const auto truth = -0.5 * ((x - 1) / 0.8).square() - std::log(0.8) + 0.5 * x.square();
  const at::NoGradGuard no_grad;
  EXPECT_LT((critic->forward(x.unsqueeze(1)) - truth).abs().mean().item<double>(), 0.1);
}

}  // namespace
}  // namespace pushforward::gans
