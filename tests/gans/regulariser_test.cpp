#include "pushforward/gans/regulariser.h"

#include "tests/gans/networks.h"

#include "pushforward/gans/mlp.h"

namespace pushforward::gans {
namespace {

at::Tensor penalty(const Regulariser& r, Critic& critic, const at::Tensor& real, const at::Tensor& fake,
                   std::uint64_t key = 3) {
  auto draws = nn::generator(key);
  return r.penalty(critic, real, fake, draws);
}

const std::vector<std::string> penalty_names{"gradient_penalty", "one_sided_gradient_penalty", "dragan",
                                             "r1"};

TEST(Regulariser, OfALinearCriticAreClosedForms) {
  // ∇D = w everywhere, so the penalties are λ(‖w‖ − 1)² and γ/2‖w‖², with derivatives along w.
  for (const double length : {0.25, 3.0}) {
    const auto direction = normal({12}, 1, at::kDouble);
    LinearCritic critic(direction * (length / direction.norm().item<double>()));
    const auto real = normal({5, 3, 2, 2}, 2, at::kDouble), fake = normal({5, 3, 2, 2}, 3, at::kDouble);
    const auto unit = critic.w.detach() / length;
    const bool excess = length > 1;
    const auto check = [&](const Regulariser& r, double value, double slope) {
      const auto p = penalty(r, critic, real, fake);
      EXPECT_NEAR(p.item<double>(), value, 1e-12);
      EXPECT_LT(difference(gradients(p, {critic.w})[0], slope * unit), 1e-12);
    };
    const double d = length - 1;
    check(gradient_penalty(10), 10 * d * d, 20 * d);
    check(one_sided_gradient_penalty(10), excess ? 10 * d * d : 0, excess ? 20 * d : 0);
    check(dragan(7), 7 * d * d, 14 * d);
    check(r1(5), 2.5 * length * length, 5 * length);
  }
}

TEST(Regulariser, ParameterGradientsAreFiniteDifferences) {
  TinyCritic critic(false);
  const auto real = normal({6, 3}, 2, at::kDouble), fake = normal({6, 3}, 3, at::kDouble);
  for (const auto& name : penalty_names) {
    const auto r = regulariser(name, 3.0);
    const auto value = [&] { return penalty(r, critic, real, fake); };
    const auto exact = gradients(value(), critic.parameters());
    for (std::size_t i = 0; i < exact.size(); ++i)
      EXPECT_LT(difference(exact[i], finite_difference(value, critic.parameters()[i])), 1e-8) << name << i;
  }
}

TEST(Regulariser, SecondDerivativesOfTheFastPathAreThoseOfTheReference) {
  for (const double slope : {0.0, 0.2})
    for (const bool spectral : {false, true})
      for (const auto& name : penalty_names) {
        auto init = nn::generator(5), again = nn::generator(5);
        MlpCritic fast({.dims = 3, .hidden = {17, 8}, .slope = slope, .spectral_norm = spectral}, init);
        MlpCritic exact({.dims = 3, .hidden = {17, 8}, .slope = slope, .spectral_norm = spectral}, again);
        exact.to(at::kDouble);
        const auto real = normal({9, 3}, 2), fake = normal({9, 3}, 3);
        const auto r = regulariser(name);
        const auto a = penalty(r, fast, real, fake);
        // The same points: α and the noise are drawn in float32.
        class Cast : public Critic {
         public:
          explicit Cast(Critic& inner) : inner_(inner) {}
          at::Tensor forward(const at::Tensor& x) override { return inner_.forward(x.to(at::kDouble)); }

         private:
          Critic& inner_;
        } cast(exact);
        const auto b = penalty(r, cast, real, fake);
        EXPECT_LT(difference(a, b), 1e-4) << name;
        const auto ga = gradients(a, fast.parameters()), gb = gradients(b, exact.parameters());
        for (std::size_t i = 0; i < ga.size(); ++i)
          EXPECT_LT(difference(ga[i], gb[i]), 1e-4) << name << " slope " << slope << " parameter " << i;
      }
}

TEST(Regulariser, GradientPenaltyLooksBetweenRealAndFake) {
  LinearCritic critic(at::ones({4}, at::kDouble));
  const auto real = normal({50, 4}, 2, at::kDouble), fake = normal({50, 4}, 3, at::kDouble);
  penalty(gradient_penalty(10), critic, real, fake);
  const auto shares = (critic.shown - real) / (fake - real);
  EXPECT_LT((shares - shares.select(1, 0).unsqueeze(1)).abs().max().item<double>(), 1e-9) << "one per sample";
  EXPECT_GE(shares.min().item<double>(), -1e-9);
  EXPECT_LT(shares.max().item<double>(), 1.0);
  EXPECT_NEAR(shares.mean().item<double>(), 0.5, 0.15);
  const auto first = critic.shown;
  penalty(gradient_penalty(10), critic, real, fake);
  EXPECT_TRUE(identical(critic.shown, first)) << "the stream decides";
  penalty(gradient_penalty(10), critic, real, fake, 4);
  EXPECT_FALSE(identical(critic.shown, first));
}

TEST(Regulariser, DraganLooksAroundReal) {
  LinearCritic critic(at::ones({4}, at::kDouble));
  const auto real = normal({500, 4}, 2, at::kDouble) * 3;
  penalty(dragan(10), critic, real, real + 100);
  const auto shift = critic.shown - real;
  EXPECT_GE(shift.min().item<double>(), 0.0);
  EXPECT_LE(shift.max().item<double>(), 1.5 * 1.05);
  EXPECT_NEAR(shift.mean().item<double>(), 0.5 * 3 * 0.25, 0.03);
}

TEST(Regulariser, R1LooksAtReal) {
  LinearCritic critic(at::ones({4}, at::kDouble));
  const auto real = normal({5, 4}, 2, at::kDouble);
  penalty(r1(10), critic, real, real + 100);
  EXPECT_TRUE(identical(critic.shown, real));
}

TEST(Regulariser, AConstantCriticHasFiniteDerivatives) {
  LinearCritic critic(at::zeros({4}, at::kDouble));
  const auto real = normal({5, 4}, 2, at::kDouble);
  for (const auto& name : penalty_names) {
    const auto p = penalty(regulariser(name), critic, real, real);
    EXPECT_TRUE(at::isfinite(gradients(p, {critic.w})[0]).all().item<bool>()) << name;
  }
}

TEST(Regulariser, WeightClippingClampsEveryParameter) {
  TinyCritic critic(false);
  const auto before = critic.w1.detach().clone();
  const auto r = weight_clipping(0.3);
  EXPECT_FALSE(r.penalty);
  r.after_step(critic);
  EXPECT_TRUE(identical(critic.w1, before.clamp(-0.3, 0.3)));
  EXPECT_EQ(critic.w2.abs().max().item<double>(), 0.3);
}

TEST(Regulariser, NamesAndStrengthsAreChecked) {
  for (const auto& name : regulariser_names()) {
    const auto r = regulariser(name);
    EXPECT_EQ(static_cast<int>(bool(r.penalty)) + static_cast<int>(bool(r.after_step)),
              name == "none" ? 0 : 1);
  }
  expect_says([] { regulariser("gradient-penalty"); }, "did you mean gradient_penalty?");
  expect_says([] { regulariser("r1", 0.0); }, "[r1] expected a strength above 0, got 0");
  expect_usage([] { regulariser("dragan", std::nan("")); }, "[dragan] expected a strength above 0, got nan");
  expect_usage([] { regulariser("weight_clipping", -0.01); },
               "[weight_clipping] expected a strength above 0, got -0.01");
}

}  // namespace
}  // namespace pushforward::gans
