#include "pushforward/ops/gated_sum.h"

#include "tests/ops/oracle.h"
#include <gtest/gtest.h>

namespace pushforward::ops {
namespace {

TEST(GatedSum, AgreesWithReferenceToTheSecondDerivative) {
  for (const std::vector<std::int64_t>& shape :
       std::vector<std::vector<std::int64_t>>{{2, 5, 3, 4}, {1, 1, 1, 1}, {3, 33, 20, 25}}) {
    const auto images = [&](std::uint64_t seed) { return normal(shape, seed); };
    const auto biases = [&](std::uint64_t seed) { return normal({shape[1]}, seed); };
    for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast})
      expect_agrees(
          [](const Tensors& in) { return Tensors{gated_sum(in[0], in[1], in[2], in[3], in[4])}; },
          [](const Tensors& in) { return Tensors{reference::gated_sum(in[0], in[1], in[2], in[3], in[4])}; },
          {images(1).contiguous(format), images(2), biases(3), images(4).contiguous(format), biases(5)});
  }
}

TEST(GatedSum, GivesChannelsLastAndTakesAnEmptyBatch) {
  const auto one = at::ones({2});
  const auto x = at::ones({3, 2, 4, 4});
  EXPECT_TRUE(gated_sum(x, x, one, x, one).is_contiguous(at::MemoryFormat::ChannelsLast));
  const auto none = at::empty({0, 2, 4, 4});
  EXPECT_EQ(gated_sum(none, none, one, none, one).sizes(), none.sizes());
  expect_says([&] { gated_sum(x, x, at::ones({3}), x, one); },
              "[gated_sum] expected biases [2], got [3] and [2]");
}

}  // namespace
}  // namespace pushforward::ops
