#include "pushforward/ops/biased_relu.h"

#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace pushforward::ops {
namespace {

// Squared, since by itself it has no second derivative.
TEST(BiasedRelu, AgreesWithReferenceToTheSecondDerivative) {
  for (const std::vector<std::int64_t>& shape :
       std::vector<std::vector<std::int64_t>>{{2, 5, 3, 4}, {1, 1, 1, 1}, {3, 33, 20, 25}})
    for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast})
      expect_agrees([](const Tensors& in) { return Tensors{biased_relu_(in[0] * 1, in[1]).square()}; },
                    [](const Tensors& in) { return Tensors{reference::biased_relu(in[0], in[1]).square()}; },
                    {normal(shape, 1).contiguous(format), normal({shape[1]}, 2)});
}

TEST(BiasedRelu, KeepsNanTakesAnEmptyBatchAndSaysWhatDoesNotFit) {
  auto x = at::ones({3, 2, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast);
  x[1][1][2][3] = std::numeric_limits<float>::quiet_NaN();
  const auto y = biased_relu_(x, at::ones({2}));
  EXPECT_TRUE(y.is_alias_of(x));
  EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(std::isnan(y[1][1][2][3].item<float>()));
  EXPECT_EQ(y.isnan().sum().item<std::int64_t>(), 1);
  const auto none = at::empty({0, 2, 4, 4});
  EXPECT_EQ(biased_relu_(none, at::ones({2})).sizes(), none.sizes());
  expect_says([&] { biased_relu_(x, at::ones({3})); },
              "[biased_relu] expected x [N, C, H, W] and a bias [C]");
}

}  // namespace
}  // namespace pushforward::ops
