// The rational-quadratic spline where it could go wrong: knots, boundaries, far outside, extreme parameters.
#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

#include <cmath>

#include "pushforward/flows/transformer.h"

namespace pushforward::flows {
namespace {

constexpr std::int64_t bins = 8, numbers = 23;
constexpr double bound = 4;

const Transformer& spline() {
  return transformer("spline");
}

/// v [N] each with the parameters [23].
std::pair<at::Tensor, at::Tensor> apply(Transformer::Map map, const at::Tensor& v, const at::Tensor& raw) {
  return map(v.unsqueeze(1), {raw.unsqueeze(0).expand({v.size(0), -1})});
}

/// The knots that parameters give, on both axes: [2, 9].
at::Tensor knots(const at::Tensor& raw) {
  const auto shares = at::softmax(raw.slice(0, 0, 2 * bins).view({2, bins}), 1) * (1 - bins * 1e-3) + 1e-3;
  return at::cat({at::zeros({2, 1}, raw.options()), shares.cumsum(1)}, 1) * 2 * bound - bound;
}

/// Where branches meet, and what is far from all of them.
at::Tensor awkward(const at::Tensor& raw) {
  const auto infinity = std::numeric_limits<double>::infinity();
  const auto edges = at::tensor({-infinity, -1e30, -100., -bound - 1e-7, -bound, -bound + 1e-7, -1e-30, 0.,
                                 bound - 1e-7, bound, bound + 1e-7, 1e30, infinity},
                                raw.options());
  return at::cat(
      {edges, knots(raw).flatten(), knots(raw).flatten() + 1e-9, at::linspace(-5, 5, 301, raw.options())});
}

TEST(Spline, IsTheIdentityWhereItsParametersAreZero) {
  const auto x = at::linspace(-6, 6, 500, at::kDouble);
  for (const auto map : {spline().forward, spline().inverse}) {
    const auto [y, log_det] = apply(map, x, at::zeros({numbers}, at::kDouble));
    EXPECT_LT(difference(y.squeeze(1), x), 1e-12);
    EXPECT_LT(log_det.abs().max().item<double>(), 1e-12);
  }
}

class Extreme : public ::testing::TestWithParam<double> {};

TEST_P(Extreme, ValuesAndGradientsAreFinite) {
  for (const auto type : {at::kFloat, at::kDouble})
    for (const auto map : {spline().forward, spline().inverse})
      for (std::uint64_t seed = 1; seed < 9; ++seed) {
        const auto raw = (normal({numbers}, seed, type) * GetParam()).requires_grad_(true);
        const auto v = awkward(raw.detach()).requires_grad_(true);
        const auto [y, log_det] = apply(map, v, raw);
        const auto inside = v.detach().abs().lt(1e31);
        EXPECT_TRUE(at::isfinite(y.squeeze(1).masked_select(inside)).all().item<bool>());
        EXPECT_TRUE(at::isfinite(log_det).all().item<bool>());
        EXPECT_TRUE(y.squeeze(1).masked_select(v.abs().gt(bound)).equal(v.masked_select(v.abs().gt(bound))));
        const auto slopes = gradients(y.masked_fill(inside.logical_not().unsqueeze(1), 0).sum(), {v, raw});
        const auto second = gradients(log_det.sum(), {v, raw});
        for (const auto& gradient : {slopes[0], slopes[1], second[0], second[1]})
          EXPECT_TRUE(at::isfinite(gradient).all().item<bool>()) << type << " " << seed;
      }
}

TEST_P(Extreme, IsIncreasingAndItsOwnInverse) {
  for (std::uint64_t seed = 1; seed < 9; ++seed) {
    const auto raw = normal({numbers}, seed, at::kDouble) * GetParam();
    const auto x = std::get<0>(awkward(raw).clamp(-50, 50).sort());
    const auto [y, log_det] = apply(spline().forward, x, raw);
    const auto rise = (y.slice(0, 1) - y.slice(0, 0, -1)).squeeze(1);
    EXPECT_GE(rise.min().item<double>(), -1e-12);
    const auto [back, back_log_det] = apply(spline().inverse, y.squeeze(1), raw);
    // What rounding in y is in x: divided by the slope, of which two bins of the least size leave 1e-6.
    const auto tolerance = 1e-13 / log_det.exp().min().item<double>() + 1e-12;
    EXPECT_LT((back.squeeze(1) - x).abs().max().item<double>(), tolerance);
  }
}

TEST_P(Extreme, HasItsKnotsAndSlopesOfOneAtTheEnds) {
  const auto raw = normal({numbers}, 3, at::kDouble) * GetParam();
  const auto both = knots(raw);
  EXPECT_LT(difference(apply(spline().forward, both[0], raw).first.squeeze(1), both[1]), 1e-9);
  EXPECT_LT(difference(apply(spline().inverse, both[1], raw).first.squeeze(1), both[0]), 1e-9);
  const auto ends = at::tensor({-bound, bound}, at::kDouble) * (1 - 1e-12);
  EXPECT_LT(apply(spline().forward, ends, raw).second.abs().max().item<double>(), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Flows, Extreme, ::testing::Values(1., 10., 300., 1e6, 1e30), [](const auto& one) {
  return fmt::format("Times1e{}", static_cast<int>(std::log10(one.param)));
});

}  // namespace
}  // namespace pushforward::flows
