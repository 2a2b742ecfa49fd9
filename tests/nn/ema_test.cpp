#include "pushforward/nn/ema.h"

#include "tests/nn/gaussian.h"

#include "pushforward/nn/batch_norm.h"

namespace pushforward::nn {
namespace {

TEST(Ema, IsTheFormula) {
  Gaussian model(4);
  Ema ema(model, 0.9);
  at::Tensor expected = at::zeros({4}, at::kDouble);
  for (std::int64_t t = 0; t < 200; ++t) {
    const auto p = normal({4}, static_cast<std::uint64_t>(t), at::kDouble);
    model.mean.data().copy_(p);
    ema.update(t);
    const double d = std::min(0.9, (1.0 + static_cast<double>(t)) / (10.0 + static_cast<double>(t)));
    expected += (1 - d) * (p - expected);
    ASSERT_LT(difference(ema.weights()[0].second, expected), 1e-5) << t;
  }
}

TEST(Ema, NamesParametersThenBuffersAsTheModelDoes) {
  const Gaussian model(4);
  const Ema ema(model, 0.9);
  EXPECT_EQ(names_of(ema.weights()), names_of(named_state(model)));
}

TEST(Ema, TakesBuffersAsTheyAre) {
  Gaussian model(4);
  Ema ema(model, 0.9);
  model.named_buffers()["updates"].fill_(7);
  ema.update(0);
  EXPECT_EQ(ema.weights().back().second.item<float>(), 7);
}

TEST(Ema, AveragesFloatingBuffersWhenAsked) {
  BatchNorm model(3);
  Ema ema(model, 0.9, Ema::Buffers::averaged);
  model.running_mean.fill_(1);
  model.num_batches_tracked.fill_(7);
  ema.update(0);
  const auto find = [&](const std::string& wanted) {
    for (const auto& [name, tensor] : ema.weights())
      if (name == wanted) return tensor.max().item<double>();
    return std::nan("");
  };
  EXPECT_NEAR(find("running_mean"), 0.9, 1e-6);
  EXPECT_EQ(find("num_batches_tracked"), 7) << "a count is no average";
  ema.swap();
  EXPECT_NEAR(model.running_mean.max().item<double>(), 0.9, 1e-6);
  EXPECT_EQ(find("running_mean"), 1);
}

TEST(Ema, SwapExchangesAndSwapsBack) {
  Gaussian model(4);
  Ema ema(model, 0.9);
  model.mean.data().copy_(normal({4}, 1));
  ema.update(0);
  const auto parameters = copy(named_state(model)), averages = copy(ema.weights());
  EXPECT_FALSE(identical(parameters[0].second, averages[0].second));
  ema.swap();
  expect_identical(named_state(model), averages);
  expect_identical(ema.weights(), parameters);
  ema.swap();
  expect_identical(named_state(model), parameters);
  expect_identical(ema.weights(), averages);
}

TEST(Ema, RefusesADecayOutsideItsRange) {
  const Gaussian model(4);
  for (const double decay : {0.0, 1.0, -0.5, std::nan("")})
    expect_says([&] { Ema(model, decay); }, fmt::format("[ema] expected a decay in (0, 1), got {}", decay));
}

}  // namespace
}  // namespace pushforward::nn
