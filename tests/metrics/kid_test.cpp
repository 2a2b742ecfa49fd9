#include "pushforward/metrics/kid.h"

#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pushforward/metrics/summary.h"

namespace pushforward::metrics {
namespace {

TEST(Kid, ByHandInOneDimension) {
  // k(x, y) = (x y + 1)³: within 0, 1: 1; within 1, 2: 27; across: 1, 1, 8, 27.
  const auto real = at::tensor({0.0, 1.0}).reshape({2, 1}), fake = at::tensor({1.0, 2.0}).reshape({2, 1});
  EXPECT_NEAR(kid(real, fake).value, 1 + 27 - 2 * (1 + 1 + 8 + 27) / 4.0, 1e-5);
}

TEST(Kid, SubsetsAverageToTheWhole) {
  const auto real = gaussian(600, 16, "real"), fake = gaussian(500, 16, "fake") * 1.2;
  const auto parts = kid(real, fake, {.subsets = 200, .subset_size = 100});
  const auto whole = kid(real.narrow(0, 0, 500), fake, {.subset_size = 500});
  EXPECT_NEAR(parts.value, whole.value, parts.half_width95());
  EXPECT_NEAR(parts.half_width95() / whole.half_width95(), 1, 0.3);
  EXPECT_GT(parts.low, 0);
}

TEST(Kid, IsUnbiasedAndItsIntervalThatOfFreshSamples) {
  for (const double scale : {1.0, 1.3}) {
    std::vector<double> values, halves;
    for (int i = 0; i < 60; ++i) {
      const auto found =
          kid(gaussian(120, 8, "fresh real" + std::to_string(i)),
              gaussian(150, 8, "fresh fake" + std::to_string(i)) * scale, {.subsets = 20, .subset_size = 60});
      values.push_back(found.value);
      halves.push_back(found.half_width95());
    }
    if (scale == 1) {
      EXPECT_LT(std::abs(mean_of(values)), 3 * sd_of(values) / std::sqrt(60));
    }
    // 1.46 and 1.30 of 1,200 draws: no narrower than it says. A sd of 60 draws is a tenth off.
    const double ratio = mean_of(halves) / (z95 * sd_of(values));
    EXPECT_GT(ratio, 0.95) << scale;
    EXPECT_LT(ratio, 1.9) << scale;
  }
}

TEST(Kid, DrawsTheSameSubsetsAgain) {
  const auto real = gaussian(90, 4, "real"), fake = gaussian(80, 4, "fake");
  const auto found = kid(real, fake, {.subsets = 5, .subset_size = 30, .seed = 1});
  EXPECT_EQ(kid(real, fake, {.subsets = 5, .subset_size = 30, .seed = 1}).value, found.value);
  EXPECT_NE(kid(real, fake, {.subsets = 5, .subset_size = 30, .seed = 2}).value, found.value);
}

TEST(Kid, TakesSmallerSubsetsOfFewerSamples) {
  const auto real = gaussian(90, 4, "real"), fake = gaussian(80, 4, "fake");
  EXPECT_EQ(kid(real, fake).value, kid(real, fake, {.subset_size = 80}).value);
}

TEST(Kid, RefusesWhatCannotBeMeasured) {
  const auto x = gaussian(9, 4, "x");
  EXPECT_NE(message([&] { kid(x, x.narrow(0, 0, 1)); }).find("at least 2 fake samples"), std::string::npos);
  EXPECT_NE(message([&] { kid(x, gaussian(9, 3, "y")); }).find("4 real and 3 fake"), std::string::npos);
  EXPECT_NE(message([&] { kid(x, x, {.subsets = 1}); }).find("got 1 of 1000"), std::string::npos);
  EXPECT_NE(message([&] { kid(x, x, {.subset_size = 1}); }).find("got 100 of 1"), std::string::npos);
  auto broken = x.clone();
  broken[4][0] = HUGE_VAL;
  EXPECT_NE(message([&] { kid(broken, x); }).find("row 4 of 9 of the real"), std::string::npos);
  EXPECT_NE(message([&] {
              kid(at::ones({9, 4}), at::zeros({7, 4}));
            }).find("[kid] the 9 real"),
            std::string::npos);
}

}  // namespace
}  // namespace pushforward::metrics
