#include "pushforward/ops/discretised_logistics.h"

#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

namespace pushforward::ops {
namespace {

/// Every level, the first and the last often.
at::Tensor pixels(std::int64_t n) {
  const auto level = at::arange(n, at::kFloat).remainder(levels);
  const auto inside = at::sigmoid(normal({n}, 1));
  auto x = (level + inside) / levels;
  x.slice(0, 0, n, 7) = x.slice(0, 0, n, 7) / levels;
  x.slice(0, 3, n, 7) = 1 - x.slice(0, 3, n, 7) / (2 * levels);
  return x;
}

at::Tensor mixtures(std::int64_t n, std::int64_t k, double spread = 1) {
  return normal({n, 3, k}, 2) * at::tensor({1.0F, 0.7F, 1.5F}).view({1, 3, 1}) * spread -
         at::tensor({0.0F, 0.0F, 2.0F}).view({1, 3, 1});
}

Op op(LevelProbability (*function)(const at::Tensor&, const at::Tensor&)) {
  return [=](const Tensors& in) {
    const auto all = function(in[0], in[1]);
    return Tensors{all.log_probability, all.below, all.above};
  };
}

TEST(DiscretisedLogistics, AgreesWithReferenceToTheSecondDerivative) {
  for (const auto& [n, k] :
       std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 1}, {63, 2}, {300, 10}, {1030, 5}})
    expect_agrees(op(discretised_logistics), op(reference::discretised_logistics),
                  {pixels(n), mixtures(n, k)}, 2e-4);
}

TEST(DiscretisedLogistics, LevelsSumToOneAndSidesComplete) {
  const auto x = (at::arange(levels, at::kFloat) + 0.25) / levels;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const auto mixture = (normal({1, 3, 10}, seed) * 1.5).expand({levels, 3, 10});
    const auto all = discretised_logistics(x, mixture);
    EXPECT_NEAR(all.log_probability.exp().sum().item<double>(), 1, 1e-4);
    EXPECT_LT(difference(all.below + all.above, at::ones({levels})), 1e-5);
    EXPECT_TRUE((all.below.diff() >= 0).all().item<bool>());
  }
}

TEST(DiscretisedLogistics, IsFiniteWhereverParametersAre) {
  const auto x = pixels(512);
  for (const double scale : {-300.0, -7.0, 7.0, 300.0})
    for (const double mean : {-50.0, 0.0, 50.0}) {
      const auto mixture =
          leaf(at::stack({at::linspace(-80, 80, 4), at::full({4}, mean), at::full({4}, scale)})
                   .to(at::kFloat)
                   .expand({512, 3, 4}));
      const auto all = discretised_logistics(x, mixture);
      EXPECT_TRUE(all.log_probability.isfinite().all().item<bool>()) << scale << " " << mean;
      EXPECT_TRUE(gradients(all.log_probability.sum(), {mixture})[0].isfinite().all().item<bool>())
          << scale << " " << mean;
    }
}

TEST(DiscretisedLogistics, KeepsNanInItsNumber) {
  auto x = pixels(100);
  x[40] = std::nan("");
  const auto spoiled = discretised_logistics(x, mixtures(100, 3)).log_probability.isnan();
  EXPECT_EQ(spoiled.sum().item<int>(), 1);
  EXPECT_TRUE(spoiled[40].item<bool>());
}

TEST(DiscretisedLogistics, QuantileUndoesTheDistribution) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const auto x = pixels(3000).to(type), mixture = mixtures(3000, 10).to(type);
    const auto at_x = discretised_logistics(x, mixture);
    const auto back = discretised_logistics_quantile(at_x.below, at_x.above, mixture);
    // Where a level has next to no probability, what is asked for does not tell it from its neighbours.
    const auto likely = at_x.log_probability > std::log(type == at::kFloat ? 1e-3 : 1e-10);
    EXPECT_GT(likely.to(at::kDouble).mean().item<double>(), 0.2);
    EXPECT_LT(difference(back.masked_select(likely), x.masked_select(likely)),
              type == at::kFloat ? 1e-4 : 1e-6);
  }
}

TEST(DiscretisedLogistics, QuantileAgreesWithReference) {
  for (const auto& [n, k] : std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 1}, {63, 2}, {3000, 10}}) {
    const auto f = at::sigmoid(normal({n}, 3) * 4), rest = 1 - f, mixture = mixtures(n, k);
    const auto found = discretised_logistics_quantile(f, rest, mixture);
    const auto expected = reference::discretised_logistics_quantile(f.to(at::kDouble), rest.to(at::kDouble),
                                                                    mixture.to(at::kDouble));
    const auto at_x = discretised_logistics(expected.to(at::kFloat), mixture);
    const auto likely = at_x.log_probability > std::log(1e-3);
    EXPECT_LT(difference(found.masked_select(likely), expected.masked_select(likely)), 1e-4);
  }
}

TEST(DiscretisedLogistics, QuantileKeepsNanAndReachesTheOutermostLevels) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const auto mixture = at::zeros({70, 3, 2}, type);  // most of it beyond the first and the last level
    auto f = at::linspace(0.01, 0.99, 70, type), rest = 1 - f;
    const auto ends = discretised_logistics_quantile(f, rest, mixture);
    EXPECT_LT(ends[0].item<double>(), 1.0 / levels);
    EXPECT_GE(ends[69].item<double>(), 255.0 / levels);
    EXPECT_LT(ends[69].item<double>(), 1);
    f[40] = std::nan("");
    auto spoiled = mixture.clone();
    spoiled[3][1][0] = std::nan("");
    const auto isnan = discretised_logistics_quantile(f, rest, spoiled).isnan();
    EXPECT_EQ(isnan.sum().item<int>(), 2);
    EXPECT_TRUE(isnan[3].item<bool>() && isnan[40].item<bool>());
  }
}

TEST(DiscretisedLogistics, SaysWhatItExpected) {
  expect_says(
      [] {
        discretised_logistics_quantile(at::zeros({3}), at::zeros({2}), at::zeros({3, 3, 4}));
      },
      "[discretised_logistics] expected as many of above as of below, got [2] and [3]");
  expect_says(
      [] {
        discretised_logistics(at::zeros({3}), at::zeros({3, 2, 4}));
      },
      "[discretised_logistics] expected x [E] and parameters [E, 3, K], got [3] and [3, 2, 4]");
}

}  // namespace
}  // namespace pushforward::ops
