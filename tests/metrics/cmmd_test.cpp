#include "pushforward/metrics/cmmd.h"

#include "tests/metrics/features.h"
#include <gtest/gtest.h>

#include <cmath>

namespace pushforward::metrics {
namespace {

at::Tensor divided_by_length(const at::Tensor& x) {
  return x / x.norm(2, 1, true);
}

TEST(Cmmd, IsItsDefinition) {
  const auto real = gaussian(30, 20, "real"), fake = gaussian(40, 20, "fake") + 0.5;
  // As the published code has it, over all pairs.
  const auto kernel = [](const at::Tensor& x, const at::Tensor& y) {
    const auto squares = (x.unsqueeze(1) - y.unsqueeze(0)).square().sum(2);
    return (squares / -200).exp().mean().item<double>();
  };
  const auto x = divided_by_length(real), y = divided_by_length(fake);
  const double expected = 1000 * (kernel(x, x) + kernel(y, y) - 2 * kernel(x, y));
  for (const auto& found : {cmmd(real, fake), cmmd(x, y), cmmd(real * 1e-3, fake * 1e3)}) {
    EXPECT_NEAR(found.biased, expected, 1e-9);
    EXPECT_LT(found.unbiased.value, found.biased);
    EXPECT_LT(found.biased - found.unbiased.value, 1000 * (1 - std::exp(-0.02)) * (1.0 / 30 + 1.0 / 40))
        << "lengths of 1 are 2 apart at most";
    EXPECT_LT(found.unbiased.low, found.unbiased.value);
  }
}

TEST(Cmmd, OfEqualDistributionsIsNothing) {
  const auto found = cmmd(gaussian(400, 16, "a"), gaussian(300, 16, "b")).unbiased;
  EXPECT_LE(found.low, 0);
  EXPECT_GE(found.high, 0);
  EXPECT_GT(cmmd(gaussian(400, 16, "a"), gaussian(300, 16, "b") + 0.3).unbiased.low, 0);
}

TEST(Cmmd, LooksAtDirectionsAlone) {
  EXPECT_TRUE(of_unit_length(divided_by_length(gaussian(9, 5, "x")).to(at::kFloat)));
  EXPECT_FALSE(of_unit_length(gaussian(9, 5, "x")));
  EXPECT_FALSE(of_unit_length(at::cat({divided_by_length(gaussian(9, 5, "x")), at::zeros({1, 5})})));
  auto x = gaussian(9, 5, "x");
  x[4].zero_();
  EXPECT_NE(message([&] { cmmd(x, gaussian(9, 5, "y")); }).find("row 4 of the real features is 0"),
            std::string::npos);
}

}  // namespace
}  // namespace pushforward::metrics
