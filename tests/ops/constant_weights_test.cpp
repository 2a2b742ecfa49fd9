#include "pushforward/ops/constant_weights.h"

#include <gtest/gtest.h>

#include <memory>

namespace pushforward::ops {
namespace {

TEST(ConstantWeights, KeepTheLastFewVariantsOfATensor) {
  ConstantWeights weights;
  const auto one = at::ones({1}), other = at::ones({1});
  int made = 0;
  const auto ask = [&](const at::Tensor& weight, std::int64_t variant) {
    const int before = made;
    weights.once<int>(weight, [&] { return std::make_shared<const int>(++made); }, {variant});
    return made > before;
  };
  for (std::int64_t size = 0; size < 100; ++size) {
    EXPECT_TRUE(ask(one, size));
    EXPECT_FALSE(ask(one, size));
  }
  EXPECT_FALSE(ask(one, 98));
  EXPECT_TRUE(ask(one, 0)) << "100 sizes ago";
  EXPECT_TRUE(ask(other, 98)) << "another tensor's";
}

TEST(ConstantWeights, OfTheCallerServeAnInferenceWithin) {
  ConstantWeights outer;
  EXPECT_EQ(constant_weights(), nullptr);
  {
    const Inference inference;
    EXPECT_NE(constant_weights(), nullptr);
    EXPECT_FALSE(at::GradMode::is_enabled());
  }
  EXPECT_TRUE(at::GradMode::is_enabled());
  EXPECT_EQ(constant_weights(), nullptr);
  const UseConstantWeights use(&outer);
  const Inference inference;
  EXPECT_EQ(constant_weights(), &outer);
}

}  // namespace
}  // namespace pushforward::ops
