#include "pushforward/flows/roulette.h"

#include "tests/ops/tensors.h"
#include <gtest/gtest.h>

#include <cmath>

#include "pushforward/nn/module.h"

namespace pushforward::flows {
namespace {

TEST(Roulette, TermsSurviveAsItSays) {
  for (const auto& roulette : {Roulette::geometric(0.6), Roulette::poisson(2)}) {
    constexpr std::int64_t n = 40'000;
    const auto weights = roulette.weights(3, n, nn::generator(1), at::kDouble);
    EXPECT_TRUE(weights.slice(0, 0, 3).eq(1).all().item<bool>()) << "certain";
    EXPECT_EQ(roulette.survival(0), 1);
    for (std::int64_t j = 1; j <= 6; ++j) {
      const double p = roulette.survival(j), error = std::sqrt((1 / p - 1) / n);
      EXPECT_NEAR(weights[2 + j].mean().item<double>(), 1, 4 * error) << roulette.describe() << " " << j;
    }
    const auto alive = weights.gt(0).to(at::kDouble);
    EXPECT_GE((alive.slice(0, 0, -1) - alive.slice(0, 1)).min().item<double>(), 0) << "who stopped stays so";
  }
}

TEST(Roulette, SurvivalIsThatOfTheDistribution) {
  const auto geometric = Roulette::geometric(0.6), poisson = Roulette::poisson(2.5);
  double below = 0, term = std::exp(-2.5);
  for (std::int64_t j = 1; j <= 12; ++j) {
    EXPECT_NEAR(geometric.survival(j), std::pow(0.6, j), 1e-15);
    below += term;
    term *= 2.5 / static_cast<double>(j);
    EXPECT_NEAR(poisson.survival(j) / (1 - below), 1, 1e-8) << j;
  }
  EXPECT_EQ(Roulette::geometric(0).weights(2, 5, nn::generator(1), at::kFloat).size(0), 2);
}

TEST(Roulette, SameSeedSameWeights) {
  const auto draw = [](std::uint64_t seed) {
    return Roulette::geometric(0.5).weights(1, 20, nn::generator(seed), at::kFloat);
  };
  EXPECT_TRUE(identical(draw(3), draw(3)));
  EXPECT_FALSE(identical(draw(3), draw(4)));
}

TEST(Roulette, RefusesWhatWouldTakeTooLongOrScatterWithoutBound) {
  expect_says([] { Roulette::geometric(0.999); },
              "[roulette] expected at most 100 terms on average, going on with probability 0.999 makes 999");
  for (const double q : {-0.1, 1.0, std::nan("")})
    expect_says([&] { Roulette::geometric(q); }, "[roulette] expected a probability in [0, 1) of going on");
  for (const double mean : {0.0, 101.0})
    expect_says([&] { Roulette::poisson(mean); }, "[roulette] expected a mean in (0, 100] terms, got");
  expect_says([] { Roulette::geometric(0.8).check_variance(0.9); },
              "going on above 0.810, the square of the Lipschitz constant 0.900, for an estimate of finite "
              "variance, got 0.8");
  Roulette::geometric(0.82).check_variance(0.9);
  Roulette::poisson(4).check_variance(0.9);
}

}  // namespace
}  // namespace pushforward::flows
