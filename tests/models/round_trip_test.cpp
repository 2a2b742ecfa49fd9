#include "pushforward/models/round_trip.h"

#include "tests/expect.h"
#include "tests/ops/tensors.h"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pushforward/core/config.h"

namespace pushforward::models {
namespace {

RoundTrip of_residual_flow(double tolerance) {
  const auto config = Config::parse(
      fmt::format("[model]\nkind = \"residual\"\ndims = 3\nblocks = 2\nhidden = 4\ntolerance = {}\n",
                  tolerance),
      "tiny");
  const auto model = make_model(config);
  return round_trip(*model.density, normal({20, 3}, 1));
}

TEST(RoundTrip, IsAsExactAsTheModelIsAskedToBe) {
  for (const double tolerance : {1e-2, 1e-4}) EXPECT_LT(of_residual_flow(tolerance).float64, 2 * tolerance);
  expect_says([] { of_residual_flow(1e-12); }, "expected an error of at most 1e-12 in x");
}

}  // namespace
}  // namespace pushforward::models
