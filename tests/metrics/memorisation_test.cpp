#include "pushforward/metrics/memorisation.h"

#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace pushforward::metrics {
namespace {

at::Tensor line(const std::vector<double>& places) {
  return at::tensor(places, at::kDouble).unsqueeze(1);
}

TEST(Memorisation, ByHandOnALine) {
  // The nearest others of 0, 1, 3, 10 are 1, 1, 2, 7 away.
  const auto train = line({0, 1, 3, 10});
  // To their nearest: 0.5 (1), 1 (1: no farther, not authentic), 3 (7), 8 (7).
  const auto fake = line({-0.5, 2, 7, 18});
  // 0.5, 0.25, 2.
  const auto held_out = line({0.5, 3.25, 12});
  const auto found = memorisation(train, held_out, fake);
  EXPECT_DOUBLE_EQ(found.authenticity.value, 1.0 / 4);
  EXPECT_DOUBLE_EQ(found.held_out_authenticity.value, 0);
  // Of 12 pairs 0.5 beats one and ties with one, 1 beats two, 3 and 8 beat three.
  EXPECT_DOUBLE_EQ(found.farther.value, 9.5 / 12);
  EXPECT_DOUBLE_EQ(found.copying.value, (9.5 - 6) / std::sqrt(12.0 * 8 / 12));
  EXPECT_LT(found.copying.low, found.copying.value);
  EXPECT_GT(found.copying.high, found.copying.value);
}

TEST(Memorisation, SeesCopies) {
  const auto train = gaussian(500, 8, "train"), held_out = gaussian(300, 8, "held out");
  for (const double noise : {0.0, 1e-3, 0.1}) {
    const auto found =
        memorisation(train, held_out, train.narrow(0, 100, 200) + noise * gaussian(200, 8, "noise"));
    EXPECT_LT(found.authenticity.high, 0.05) << noise;
    EXPECT_GT(found.held_out_authenticity.low, 0.4);
    EXPECT_LT(found.copying.high, -10) << noise;
  }
}

TEST(Memorisation, SeesSamplesThatLeaveTheData) {
  const auto found =
      memorisation(gaussian(500, 8, "train"), gaussian(300, 8, "held out"), gaussian(200, 8, "far") + 3);
  EXPECT_GT(found.authenticity.low, 0.9);
  EXPECT_GT(found.copying.low, 10);
}

TEST(Memorisation, OfFreshSamplesIsChance) {
  const auto train = gaussian(400, 6, "train");
  const int repetitions = 100;
  int covered = 0, apart = 0;
  double sum = 0, squares = 0;
  for (int i = 0; i < repetitions; ++i) {
    const auto found = memorisation(train, gaussian(150, 6, fmt::format("held out {}", i)),
                                    gaussian(120, 6, fmt::format("fake {}", i)));
    covered += found.copying.low <= 0 && 0 <= found.copying.high;
    apart += found.authenticity.high < found.held_out_authenticity.low;
    sum += found.copying.value;
    squares += found.copying.value * found.copying.value;
  }
  EXPECT_NEAR(sum / repetitions, 0, 0.4);
  EXPECT_NEAR(squares / repetitions, 1, 0.5) << "in standard deviations";
  EXPECT_GE(covered, 88);
  EXPECT_LE(apart, 5);
}

TEST(Memorisation, DoesNotDependOnUnitsOrOriginOrDoubles) {
  const auto train = gaussian(200, 4, "train"), held_out = gaussian(100, 4, "held out"),
             fake = gaussian(90, 4, "fake") * 0.9;
  const auto expected = memorisation(train, held_out, fake);
  for (const double scale : {1e-20, 1e20}) {
    const auto moved = memorisation(train * scale + scale, held_out * scale + scale, fake * scale + scale);
    EXPECT_EQ(moved.authenticity.value, expected.authenticity.value);
    EXPECT_EQ(moved.copying.value, expected.copying.value);
  }
  const auto twice = memorisation(at::cat({train, train}), held_out, at::cat({train, fake}));
  EXPECT_DOUBLE_EQ(twice.authenticity.value, 90.0 / 290) << "copies of doubles are copies";
}

TEST(Memorisation, RefusesWhatCannotBeMeasured) {
  const auto x = gaussian(9, 4, "x");
  EXPECT_NE(message([&] { memorisation(x.narrow(0, 0, 1), x, x); }).find("at least 2 samples, got 1"),
            std::string::npos);
  EXPECT_NE(message([&] { memorisation(x, x, gaussian(9, 3, "y")); }).find("as many numbers"),
            std::string::npos);
  EXPECT_NE(message([&] { memorisation(x, x.narrow(0, 0, 0), x); }).find("at least 1 samples"),
            std::string::npos);
}

}  // namespace
}  // namespace pushforward::metrics
