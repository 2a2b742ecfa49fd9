#include "pushforward/metrics/mind.h"

#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "pushforward/metrics/summary.h"
#include "pushforward/metrics/wasserstein.h"

namespace pushforward::metrics {
namespace {

TEST(Mind, IsThreeTimesTheDimensionsOfSlicedWasserstein) {
  for (const std::int64_t fakes : {80, 50}) {
    const auto real = gaussian(80, 12, "real"), fake = gaussian(fakes, 12, "fake") * 1.3 + 0.2;
    const double sliced = sliced_wasserstein(real, fake, {.projections = 1000, .seed = 4}).value;
    EXPECT_NEAR(mind(real, fake, {.seed = 4}).value, 3 * 12 * sliced * sliced, 1e-9);
  }
}

TEST(Mind, IsItsDefinition) {
  // Sorted projections meet in order.
  const auto real = gaussian(40, 6, "real"), fake = gaussian(40, 6, "fake") + 1;
  const auto u = gaussian(20'000, 6, "directions");
  const auto unit = u / u.norm(2, 1, true);
  const auto sorted = [&](const at::Tensor& x) { return std::get<0>(at::mm(unit, x.t()).sort(1)); };
  const double expected = 3 * 6 * (sorted(real) - sorted(fake)).square().mean().item<double>();
  EXPECT_NEAR(mind(real, fake, {.projections = 20'000}).value, expected, 0.03 * expected);
}

TEST(Mind, OfShiftedCopiesIsThreeTimesTheSquaredShift) {
  const auto x = gaussian(100, 5, "x");
  EXPECT_EQ(mind(x, x).value, 0);
  EXPECT_NEAR(mind(x, x + 2, {.projections = 5000}).value, 3 * 4 * 5, 3);
  const auto numbers = at::tensor({1.0, 3.0}).unsqueeze(1), equal = at::tensor({4.0, 4.0}).unsqueeze(1);
  EXPECT_NEAR(mind(numbers, equal).value, 3 * (9.0 + 1) / 2, 1e-9);
}

TEST(Mind, TheIntervalIsTheSpreadOfRepetitions) {
  std::vector<double> values, halves;
  for (int i = 0; i < 80; ++i) {
    const auto found =
        mind(gaussian(120, 8, fmt::format("a{}", i)), gaussian(90, 8, fmt::format("b{}", i)) + 0.7,
             {.projections = 100, .seed = static_cast<std::uint64_t>(i)});
    values.push_back(found.value);
    halves.push_back(found.half_width95());
  }
  const double ratio = mean_of(halves) / (z95 * sd_of(values));
  EXPECT_GT(ratio, 0.8);
  EXPECT_LT(ratio, 1.3);
}

TEST(Mind, RefusesWhatItCannotCompare) {
  const auto x = gaussian(9, 4, "x");
  EXPECT_NE(message([&] { mind(x, gaussian(9, 3, "y")); }).find("4 real and 3 fake"), std::string::npos);
  EXPECT_NE(message([&] { mind(x, x, {.projections = 1}); }).find("at least 2 projections"),
            std::string::npos);
}

}  // namespace
}  // namespace pushforward::metrics
