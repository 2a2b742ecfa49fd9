#include "pushforward/gans/verdict.h"

#include "tests/ops/tensors.h"

namespace pushforward::gans {
namespace {

using Series = std::vector<double>;

/// n steps from `from` to `to`, geometrically, with noise of a few percent.
Series path(std::size_t n, double from, double to) {
  const auto noise = normal({static_cast<std::int64_t>(n)}, 1, at::kDouble) * 0.03;
  Series series;
  for (std::size_t i = 0; i < n; ++i)
    series.push_back(from * std::pow(to / from, static_cast<double>(i) / static_cast<double>(n - 1)) *
                     (1 + noise[static_cast<std::int64_t>(i)].item<double>()));
  return series;
}

TEST(Verdict, NothingIsSaidOfAHealthyRun) {
  const Vitals vitals{.critic_loss = path(400, 0.69, 0.3),
                      .generator_loss = path(400, 0.69, 1.5),
                      .generator_gradient_norm = path(400, 2, 0.4),
                      .sample_diversity = 0.9,
                      .data_diversity = 1.0,
                      .outputs = Outputs{.real = 1.5, .held_out = 1.1, .fake = -1.2, .error = 0.1},
                      .modes = Modes{.covered = 8, .all = 8}};
  EXPECT_TRUE(verdict(vitals, non_saturating()).empty());
  EXPECT_TRUE(verdict({}, wasserstein()).empty());
}

TEST(Verdict, ACriticThatHasWon) {
  EXPECT_NE(critic_has_won(path(400, 0.6, 1e-4), minimax()).find("the critic has won: for 100 steps"),
            std::string::npos);
  EXPECT_EQ(critic_has_won(path(400, 0.6, 0.05), minimax()), "");
  EXPECT_NE(critic_has_won(Series(40, 0.03), hinge()), "") << "2 is guessing";
  EXPECT_EQ(critic_has_won(Series(40, 0.03), least_squares()), "") << "0.25 is guessing";
  EXPECT_EQ(critic_has_won(path(400, -1, -1000), wasserstein()), "") << "no bound";
  auto healed = Series(300, 1e-5);
  healed.insert(healed.end(), 150, 0.4);
  EXPECT_EQ(critic_has_won(healed, minimax()), "");
  EXPECT_EQ(critic_has_won(Series(19, 0.0), minimax()), "") << "too few steps";
}

TEST(Verdict, ACriticThatIsGuessing) {
  EXPECT_NE(critic_is_guessing(Series(100, std::log(2.0)), non_saturating()), "");
  EXPECT_NE(critic_is_guessing(Series(100, 1e-5), wasserstein()), "");
  EXPECT_EQ(critic_is_guessing(path(100, 0.69, 0.69), non_saturating()), "") << "fluctuates as the living do";
  EXPECT_EQ(critic_is_guessing(path(100, -1, -0.3), wasserstein()), "");
}

TEST(Verdict, AGradientThatHasVanished) {
  EXPECT_NE(gradient_has_vanished(path(400, 1, 1e-5)), "");
  EXPECT_NE(gradient_has_vanished(Series(100, 1e-9)), "");
  EXPECT_EQ(gradient_has_vanished(path(400, 1, 0.01)), "");
  auto waiting = Series(100, 0.0);
  EXPECT_EQ(gradient_has_vanished(waiting), "");
  waiting.insert(waiting.end(), 50, 0.5);
  EXPECT_EQ(gradient_has_vanished(waiting), "");
}

TEST(Verdict, SamplesThatHaveCollapsed) {
  EXPECT_NE(samples_have_collapsed(0.1, 2.0).find("5 %"), std::string::npos);
  EXPECT_EQ(samples_have_collapsed(1.2, 2.0), "");
  EXPECT_EQ(samples_have_collapsed(0.0, 0.0), "");
}

TEST(Verdict, ACriticThatOverfits) {
  EXPECT_NE(critic_overfits({.real = 3, .held_out = -2, .fake = -3}), "");
  EXPECT_EQ(critic_overfits({.real = 3, .held_out = 1, .fake = -3}), "");
  EXPECT_EQ(critic_overfits({.real = -1, .held_out = -5, .fake = -1}), "") << "no gap to compare with";
  const auto held_out_of = [](double error) {
    return critic_overfits({.real = 0.1, .held_out = -0.1, .fake = 0, .error = error});
  };
  EXPECT_NE(held_out_of(0.05), "");
  EXPECT_EQ(held_out_of(0.1), "") << "two standard errors: chance";
}

TEST(Verdict, AGeneratorThatHasWon) {
  EXPECT_NE(generator_has_won(Series(100, 1e-3), non_saturating()).find("the generator has won"),
            std::string::npos);
  EXPECT_NE(generator_has_won(Series(100, 1e-3), least_squares()), "");
  EXPECT_EQ(generator_has_won(Series(100, 0.3), non_saturating()), "");
  EXPECT_EQ(generator_has_won(Series(100, -5), minimax()), "") << "no bound";
  EXPECT_EQ(generator_has_won(Series(100, -5), wasserstein()), "");
}

TEST(Verdict, ModesThatAreMissing) {
  EXPECT_NE(modes_are_missing({.covered = 14, .all = 25}).find("miss 11 of the data's 25"),
            std::string::npos);
  EXPECT_EQ(modes_are_missing({.covered = 25, .all = 25}), "");
}

TEST(Verdict, AllThatIsWrongIsSaid) {
  const Vitals vitals{.critic_loss = Series(100, 1e-6),
                      .generator_gradient_norm = path(100, 1, 1e-6),
                      .sample_diversity = 0.0,
                      .data_diversity = 1.0,
                      .outputs = Outputs{.real = 9, .held_out = -9, .fake = -9},
                      .modes = Modes{.covered = 1, .all = 2}};
  EXPECT_EQ(verdict(vitals, minimax()).size(), 5u);
}

}  // namespace
}  // namespace pushforward::gans
