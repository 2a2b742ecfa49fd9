#include "pushforward/ops/batch_norm.h"

#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

namespace pushforward::ops {
namespace {

struct Running {
  explicit Running(std::int64_t c, at::ScalarType type = at::kFloat)
      : mean(normal({c}, 8, type)), var(normal({c}, 9, type).square() + 0.5) {}
  at::Tensor mean, var;
};

using Function = at::Tensor (*)(const at::Tensor&, const at::Tensor&, const at::Tensor&, const at::Tensor&,
                                const at::Tensor&, const BatchNormOptions&);

Op op(Function function, std::int64_t c, BatchNormOptions options) {
  return [=](const Tensors& in) {
    const Running running(c, in[0].scalar_type());
    return Tensors{function(in[0], in[1], in[2], running.mean, running.var, options)};
  };
}

TEST(BatchNorm, AgreesWithReferenceToTheSecondDerivative) {
  for (const auto& shape :
       {at::DimVector{2, 1, 1, 1}, {1, 3, 2, 2}, {5, 17, 3, 7}, {64, 32, 4, 4}, {3, 5, 40, 40}})
    for (const bool training : {true, false})
      for (const double slope : {1.0, 0.0, 0.2}) {
        SCOPED_TRACE(fmt::format("[{}], training {}, slope {}", fmt::join(shape, ", "), training, slope));
        const auto c = shape[1];
        const BatchNormOptions options{.training = training, .negative_slope = slope};
        // The second derivative of two values' normalisation is all cancellation.
        const double tolerance = shape[0] == 2 ? 1e-2 : 5e-5;
        expect_agrees(op(batch_norm, c, options), op(reference::batch_norm, c, options),
                      {normal(shape, 1) * 2 + 3, normal({c}, 2), normal({c}, 3)}, tolerance);
      }
}

TEST(BatchNorm, RunningStatisticsMoveAsPyTorchsDo) {
  const auto x = normal({6, 4, 5, 3}, 1) * 2 + 1, gamma = normal({4}, 2), beta = normal({4}, 3);
  Running ours(4), theirs(4, at::kDouble);
  for (int i = 0; i < 3; ++i) {
    batch_norm(x, gamma, beta, ours.mean, ours.var, {.momentum = 0.3});
    reference::batch_norm(x.to(at::kDouble), gamma.to(at::kDouble), beta.to(at::kDouble), theirs.mean,
                          theirs.var, {.momentum = 0.3});
  }
  EXPECT_LT(difference(ours.mean, theirs.mean), 1e-6);
  EXPECT_LT(difference(ours.var, theirs.var), 1e-6);
  batch_norm(x, gamma, beta, ours.mean, ours.var, {.training = false});
  EXPECT_LT(difference(ours.mean, theirs.mean), 1e-6) << "evaluation moved them";
}

TEST(BatchNorm, KeepsItsDigitsFarFromZero) {
  const auto x = normal({64, 3, 8, 8}, 1) + 1000;
  const auto gamma = at::ones({3}), beta = at::zeros({3});
  const auto exact =
      reference::batch_norm(x.to(at::kDouble), gamma.to(at::kDouble), beta.to(at::kDouble), {}, {}, {});
  EXPECT_LT(difference(batch_norm(x, gamma, beta, {}, {}, {}), exact), 1e-3);
}

TEST(BatchNorm, AConstantChannelGivesItsOffset) {
  const auto y = batch_norm(at::full({4, 2, 3, 3}, 7.0), at::ones({2}), at::full({2}, 0.5), {}, {}, {});
  EXPECT_TRUE(identical(y, at::full({4, 2, 3, 3}, 0.5)));
}

TEST(BatchNorm, NanStaysInItsChannel) {
  auto x = normal({4, 3, 2, 2}, 1);
  x[1][1][0][0] = std::nan("");
  for (const double slope : {1.0, 0.0, 0.2}) {
    const auto y = batch_norm(x, at::ones({3}), at::zeros({3}), {}, {}, {.negative_slope = slope});
    EXPECT_TRUE(y.select(1, 0).isfinite().all().item<bool>());
    EXPECT_TRUE(y.select(1, 1).isnan().all().item<bool>()) << slope;
    EXPECT_TRUE(y.select(1, 2).isfinite().all().item<bool>());
  }
}

TEST(BatchNorm, RefusesWhatHasNoVariance) {
  const auto gamma = at::ones({3}), beta = at::zeros({3});
  expect_says(
      [&] {
        batch_norm(at::ones({1, 3, 1, 1}), gamma, beta, {}, {}, {});
      },
      "[batch_norm] a batch [1, 3, 1, 1] has one value per channel");
  expect_says(
      [&] {
        batch_norm(at::ones({2, 4, 1, 1}), gamma, beta, {}, {}, {});
      },
      "expected x [N, 3, H, W]");
  expect_says(
      [&] {
        batch_norm(at::ones({2, 3, 1, 1}), gamma, beta, {}, {}, {.training = false});
      },
      "no running statistics");
  const auto one =
      batch_norm(at::ones({1, 3, 1, 1}), gamma, beta, at::zeros({3}), at::ones({3}), {.training = false});
  EXPECT_TRUE(one.isfinite().all().item<bool>());
}

}  // namespace
}  // namespace pushforward::ops
