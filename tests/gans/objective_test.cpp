#include "pushforward/gans/objective.h"

#include "tests/gans/networks.h"

namespace pushforward::gans {
namespace {

double softplus(double x) {
  return std::log1p(std::exp(x));
}

double relu(double x) {
  return std::max(x, 0.0);
}

struct Formula {
  const char* name;
  std::function<double(double)> of_real, of_fake, of_generator;  // of one output
};

const std::vector<Formula> formulas{
    {"minimax", [](double d) { return 0.5 * softplus(-d); }, [](double d) { return 0.5 * softplus(d); },
     [](double d) { return std::log(1 - 1 / (1 + std::exp(-d))); }},
    {"non_saturating", [](double d) { return 0.5 * softplus(-d); },
     [](double d) { return 0.5 * softplus(d); }, [](double d) { return -std::log(1 / (1 + std::exp(-d))); }},
    {"least_squares", [](double d) { return 0.5 * (d - 1) * (d - 1); }, [](double d) { return 0.5 * d * d; },
     [](double d) { return 0.5 * (d - 1) * (d - 1); }},
    {"hinge", [](double d) { return relu(1 - d); }, [](double d) { return relu(1 + d); },
     [](double d) { return -d; }},
    {"wasserstein", [](double d) { return -d; }, [](double d) { return d; }, [](double d) { return -d; }},
};

double mean_of(const std::function<double(double)>& f, const at::Tensor& outputs) {
  double sum = 0;
  for (std::int64_t i = 0; i < outputs.numel(); ++i) sum += f(outputs[i].item<double>());
  return sum / static_cast<double>(outputs.numel());
}

TEST(Objective, AreTheFormulas) {
  ASSERT_EQ(objective_names().size(), formulas.size());
  const auto real = normal({7}, 1, at::kDouble) * 2, fake = normal({5}, 2, at::kDouble) * 2;
  for (const auto& formula : formulas) {
    const auto o = objective(formula.name);
    EXPECT_NEAR(o.critic_loss(real, fake).item<double>(),
                mean_of(formula.of_real, real) + mean_of(formula.of_fake, fake), 1e-12)
        << formula.name;
    EXPECT_NEAR(o.generator_loss(fake).item<double>(), mean_of(formula.of_generator, fake), 1e-12)
        << formula.name;
  }
}

TEST(Objective, DerivativesAreThoseOfTheFormulas) {
  for (const auto& name : objective_names()) {
    const auto o = objective(name);
    const auto real = leaf(normal({7}, 1, at::kDouble)), fake = leaf(normal({5}, 2, at::kDouble));
    const auto critic = [&] { return o.critic_loss(real, fake); };
    const auto generator = [&] { return o.generator_loss(fake); };
    const auto of_critic = gradients(critic(), {real, fake});
    EXPECT_LT(difference(of_critic[0], finite_difference(critic, real)), 1e-9) << name;
    EXPECT_LT(difference(of_critic[1], finite_difference(critic, fake)), 1e-9) << name;
    EXPECT_LT(difference(gradients(generator(), {fake})[0], finite_difference(generator, fake)), 1e-9)
        << name;
  }
}

TEST(Objective, BoundsAreReached) {
  for (const auto& name : objective_names()) {
    const auto o = objective(name);
    double guessing = INFINITY;
    for (double d = -3; d <= 3; d += 0.01) {
      const auto same = at::full({4}, d, at::kDouble);
      guessing = std::min(guessing, o.critic_loss(same, same).item<double>());
    }
    EXPECT_NEAR(o.critic_guessing, guessing, 1e-4) << name;
    const bool targets = name == "least_squares";  // 1 and 0 are its best outputs
    const auto real = at::full({4}, targets ? 1.0 : 50.0, at::kDouble), fake = targets ? real - 1 : -real;
    const double won = o.critic_loss(real, fake).item<double>();
    if (o.critic_won)
      EXPECT_NEAR(won, *o.critic_won, 1e-9) << name;
    else
      EXPECT_LT(won, -99) << name;
  }
}

TEST(Objective, SaturatesOnlyWhenMinimax) {
  const auto confident = [](const Objective& o) {
    const auto fake = leaf(at::full({1}, -30.0, at::kDouble));
    return std::abs(gradients(o.generator_loss(fake), {fake})[0].item<double>());
  };
  EXPECT_LT(confident(minimax()), 1e-12);
  EXPECT_NEAR(confident(non_saturating()), 1, 1e-12);
  EXPECT_NEAR(confident(wasserstein()), 1, 1e-12);
}

TEST(Objective, ExtremeLogitsStayFinite) {
  for (const auto& name : objective_names()) {
    const auto o = objective(name);
    for (const float extreme : {1e4F, -1e4F}) {
      const auto real = leaf(at::full({3}, extreme)), fake = leaf(at::full({3}, -extreme));
      const auto loss = o.critic_loss(real, fake) + o.generator_loss(fake);
      EXPECT_TRUE(at::isfinite(loss).item<bool>()) << name;
      for (const auto& g : gradients(loss, {real, fake})) EXPECT_TRUE(at::isfinite(g).all().item<bool>());
    }
  }
}

TEST(Objective, AnUnknownNameIsAnError) {
  expect_says([] { objective("non-saturating"); },
              "unknown objective non-saturating: expected one of minimax, ");
  expect_says([] { objective("wasserstien"); }, "did you mean wasserstein?");
  expect_usage([] { objective(""); }, "expected one of minimax, ");
}

}  // namespace
}  // namespace pushforward::gans
