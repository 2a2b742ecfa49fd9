#include "pushforward/nn/random.h"

#include "tests/ops/tensors.h"
#include <gtest/gtest.h>

#include "pushforward/nn/module.h"

namespace pushforward::nn {
namespace {

TEST(Random, DrawsWhatATenDrawsFromTheStream) {
  for (const std::int64_t n : {3, 100}) {  // ATen draws few and many in two ways.
    const auto expected = at::empty({n, 2}).normal_(1.0, 0.02, generator(5));
    EXPECT_TRUE(identical(draw_normal({n, 2}, 1, 0.02, generator(5)), expected));
    const auto flat = at::empty({n, 2}).uniform_(-3.0, 2.0, generator(5));
    EXPECT_TRUE(identical(draw_uniform({n, 2}, -3, 2, generator(5)), flat));
  }
}

TEST(Random, TheNumbersAreTheSameInEveryType) {
  const auto exact = draw_normal({50}, 0, 1, generator(5), at::kDouble);
  EXPECT_TRUE(identical(exact, draw_normal({50}, 0, 1, generator(5)).to(at::kDouble)));
  EXPECT_TRUE(identical(draw_uniform_like(exact, 0, 1, generator(5)),
                        draw_uniform({50}, 0, 1, generator(5)).to(at::kDouble)));
}

TEST(Random, LikeATensorIsInTheOrderOfItsMemory) {
  const auto x = at::zeros({2, 3, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto draw = draw_uniform_like(x, 0, 1, generator(5));
  EXPECT_EQ(draw.strides(), x.strides());
  EXPECT_TRUE(identical(draw.permute({0, 2, 3, 1}).flatten(), draw_uniform({120}, 0, 1, generator(5))));
}

TEST(Random, GoesWhereItIsWantedAndWithoutGraph) {
  const auto device = at::Device(at::kMeta);
  EXPECT_EQ(draw_normal({2, 3}, 0, 1, generator(5), device).device(), device);
  EXPECT_EQ(draw_uniform_like(at::empty({2, 3}, device), 0, 1, generator(5)).device(), device);
  const auto weight = at::zeros({4}).requires_grad_(true);
  EXPECT_FALSE(draw_uniform({4}, 0, 1, generator(5), weight.options()).requires_grad());
  EXPECT_FALSE(draw_uniform_like(weight, 0, 1, generator(5)).requires_grad());
}

}  // namespace
}  // namespace pushforward::nn
