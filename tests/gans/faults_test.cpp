// What goes wrong in a step leaves no trace, and a run goes on from where it was.
#include "tests/gans/networks.h"
#include "tests/nn/reducers.h"

#include <limits>

#include "pushforward/checkpoint/restore.h"
#include "pushforward/gans/adversarial.h"
#include "pushforward/gans/mlp.h"

namespace pushforward::gans {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

nn::StepInfo at_step(std::int64_t step) {
  return {.step = step, .learning_rate = 1e-3};
}

at::Tensor points(std::int64_t n, std::int64_t seed) {
  return normal({n, 2}, static_cast<std::uint64_t>(seed));
}

/// MLPs in float32, everything switched on.
Adversarial mlps(AdversarialOptions options) {
  auto init = nn::generator(11);
  const auto generator = std::make_shared<MlpGenerator>(MlpGeneratorOptions{.hidden = {16, 16}}, init);
  const auto critic = std::make_shared<MlpCritic>(
      MlpCriticOptions{.hidden = {16, 16}, .slope = 0.2, .spectral_norm = true}, init);
  options.ema_decay = 0.9;
  options.space = Space::points;
  return Adversarial(generator, critic, std::move(options));
}

std::vector<AdversarialOptions> variants() {
  return {{.generator_first = true},
          {.regulariser = r1(1), .schedule = CriticSchedule(3), .generator_first = true},
          {.objective = wasserstein(),
           .regulariser = weight_clipping(0.1),
           .schedule = CriticSchedule(5),
           .generator = ops::RmsPropOptions{.learning_rate = 1e-3},
           .critic = ops::RmsPropOptions{.learning_rate = 1e-3}},
          {.objective = hinge(), .regulariser = gradient_penalty(10), .schedule = CriticSchedule(2, true)}};
}

TEST(Resume, InTheMiddleOfACycleIsBitForBit) {
  for (const auto& options : variants()) {
    auto straight = mlps(options), stopped = mlps(options), resumed = mlps(options);
    std::vector<nn::Scalars> expected;
    for (std::int64_t i = 0; i < 17; ++i) expected.push_back(straight.step(points(32, i), at_step(i)));
    for (std::int64_t i = 0; i < 7; ++i) stopped.step(points(32, i), at_step(i));
    checkpoint::restore({.path = "x", .tensors = stopped.state()}, resumed.state(), "the run");
    for (std::int64_t i = 7; i < 17; ++i)
      EXPECT_EQ(resumed.step(points(32, i), at_step(i)), expected[static_cast<std::size_t>(i)]);
    nn::expect_identical(resumed.state(), straight.state());
  }
}

/// The action throws NonFinite with this message and leaves the state as it was.
void expect_no_trace(Adversarial& step, const std::function<void()>& action, const std::string& message) {
  const auto filled = [&] {
    auto state = nn::copy(step.state());
    for (auto& [name, tensor] : state)
      if (tensor.is_floating_point()) tensor = at::nan_to_num(tensor, -12345.0);  // Comparable.
    return state;
  };
  const auto before = filled();
  try {
    action();
    ADD_FAILURE() << "no error; expected: " << message;
  } catch (const nn::NonFinite& error) {
    EXPECT_STREQ(error.what(), message.c_str());
  }
  nn::expect_identical(filled(), before);
}

TEST(Faults, ANaNIsNamedAndChangesNothing) {
  for (const auto& options : variants())
    for (const std::string broken : {"critic.model.2.weight", "generator.model.0.bias"}) {
      auto step = mlps(options);
      for (std::int64_t i = 0; i < 5; ++i) step.step(points(32, i), at_step(i));
      const auto state = step.state();
      const auto weight =
          std::find_if(state.begin(), state.end(), [&](const auto& t) { return t.first == broken; });
      const auto kept = weight->second.detach().clone();
      weight->second.detach().view(-1)[3] = nan;
      const std::string whose =
          options.generator_first && options.schedule.critic_steps(0) == 1 ? "generator" : "critic";
      expect_no_trace(
          step, [&] { step.step(points(32, 5), at_step(5)); },
          fmt::format("the {}'s loss is NaN, first in {}", whose, broken));

      weight->second.detach().copy_(kept);
      auto x = points(32, 5);
      x[7][1] = nan;
      expect_no_trace(
          step, [&] { step.step(x, at_step(5)); }, "the critic's loss is NaN, first in the batch");

      auto healthy = mlps(options);
      for (std::int64_t i = 0; i < 6; ++i) healthy.step(points(32, i), at_step(i));
      step.step(points(32, 5), at_step(5));
      nn::expect_identical(step.state(), healthy.state());
    }
}

/// tanh and a weight √root, whose derivative at 0 is infinite.
class RootGenerator : public TinyGenerator {
 public:
  RootGenerator() { root = register_parameter("root", at::zeros({3}, at::kDouble)); }
  at::Tensor forward(const at::Tensor& z) override { return TinyGenerator::forward(z) + root.sqrt(); }
  at::Tensor root;
};

class RootCritic : public TinyCritic {
 public:
  RootCritic() : TinyCritic(true) { root = register_parameter("root", at::zeros({1}, at::kDouble)); }
  at::Tensor forward(const at::Tensor& x) override { return TinyCritic::forward(x) * (1 + root.sqrt()); }
  at::Tensor root;
};

TEST(Faults, AGradientThatIsNotFiniteIsNamedAndChangesNothing) {
  const auto batch = normal({8, 3}, 1, at::kDouble);
  for (const bool first : {false, true}) {
    const AdversarialOptions options{.generator_first = first, .space = Space::points};
    Adversarial generator(std::make_shared<RootGenerator>(), std::make_shared<TinyCritic>(true), options);
    expect_no_trace(
        generator, [&] { generator.step(batch, at_step(0)); },
        "the gradient of generator.root is not finite");
    Adversarial critic(std::make_shared<TinyGenerator>(), std::make_shared<RootCritic>(), options);
    expect_no_trace(
        critic, [&] { critic.step(batch, at_step(0)); }, "the gradient of critic.root is not finite");
  }
}

TEST(Faults, WhatIsNotFiniteInAnotherProcessChangesNothing) {
  for (auto options : variants()) {
    options.reducer = std::make_shared<nn::Poisoned>();
    auto poisoned = mlps(options);
    const auto* first = options.generator_first ? "generator" : "critic";
    expect_no_trace(
        poisoned, [&] { poisoned.step(points(32, 0), at_step(0)); },
        fmt::format("the gradient of {}.model.0.weight is not finite", first));
    options.reducer = std::make_shared<nn::Failing>();
    auto failing = mlps(options);
    expect_no_trace(
        failing, [&] { failing.step(points(32, 0), at_step(0)); },
        fmt::format("the {}'s loss is not finite in another process", first));
  }
}

TEST(Faults, BatchNormalisationOfOneVectorIsRefused) {
  for (const bool first : {false, true}) {
    const AdversarialOptions options{.generator_first = first, .space = Space::points};
    Adversarial step(std::make_shared<TinyGenerator>(), std::make_shared<TinyCritic>(true), options);
    step.step(normal({8, 3}, 1, at::kDouble), at_step(0));
    expect_no_trace(
        step,
        [&] {
          step.step(normal({1, 3}, 2, at::kDouble), at_step(1));
        },
        "critic.running_var is not finite after this batch");
  }
}

TEST(Faults, OneVectorIsEnoughWithoutIt) {
  for (const auto& options : variants()) {
    auto step = mlps(options);
    for (std::int64_t i = 0; i < 6; ++i) step.step(points(i % 2 == 0 ? 1 : 32, i), at_step(i));
    EXPECT_EQ(nn::first_non_finite(step.state()), "");
  }
}

}  // namespace
}  // namespace pushforward::gans
