#include "pushforward/ops/lipswish.h"

#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

#include "pushforward/ops/layout.h"

namespace pushforward::ops {
namespace {

const Op fast = [](const Tensors& in) { return Tensors{lipswish(in[0], in[1])}; };
const Op composed = [](const Tensors& in) { return Tensors{reference::lipswish(in[0], in[1])}; };

TEST(LipSwish, AgreesWithReferenceInAnyLayout) {
  for (const float b : {1e-3F, 0.7F, 6.0F}) {
    for (const auto& [layout, x] : layouts(normal({13, 7}, 1) * 4)) {
      SCOPED_TRACE(fmt::format("{} {}", layout, b));
      expect_agrees(fast, composed, {x, at::full({}, b)});
    }
    expect_agrees(fast, composed, {channels_last(normal({3, 5, 4, 2}, 2)), at::full({}, b)});
  }
}

TEST(LipSwish, TakesAGradientOfAnotherLayout) {
  const auto x = feature_major(normal({9, 4}, 1)), b = at::full({}, 0.7F);
  const Op other = [](const Tensors& in) { return Tensors{lipswish(in[0], in[1]).contiguous()}; };
  expect_agrees(other, composed, {x, b});
}

TEST(LipSwish, KeepsWhatIsLargeAndWhatIsNotFinite) {
  const auto x = at::tensor({-1e30F, -100.0F, 0.0F, 100.0F, 1e30F, std::nanf("")});
  const auto y = lipswish(x, at::full({}, 1.0F));
  const auto expected = at::tensor({0.0F, 0.0F, 0.0F, 100 / 1.1F, 1e30F / 1.1F});
  EXPECT_LT(((y.slice(0, 0, 5) - expected).abs() / (expected.abs() + 1)).max().item<double>(), 1e-6);
  EXPECT_TRUE(std::isnan(y[5].item<float>()));
  EXPECT_EQ(lipswish(at::empty({0, 3}), at::full({}, 1.0F)).numel(), 0);
}

}  // namespace
}  // namespace pushforward::ops
