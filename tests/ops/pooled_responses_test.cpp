#include "pushforward/ops/pooled_responses.h"

#include "tests/expect.h"
#include "tests/ops/tensors.h"

namespace pushforward::ops {
namespace {

TEST(PooledResponses, AreThoseOfConvolutionAndPooling) {
  struct Shape {
    std::int64_t n, channels, height, width, filters, side, cells;
  };
  for (const auto& s : {Shape{3, 1, 28, 28, 32, 5, 4}, Shape{2, 3, 14, 9, 33, 5, 4},
                        Shape{1, 1, 7, 7, 1, 3, 4}, Shape{2, 2, 5, 4, 70, 1, 2}, Shape{1, 1, 1, 1, 3, 5, 1},
                        Shape{2, 1, 3, 6, 5, 7, 4}, Shape{0, 1, 8, 8, 4, 3, 4}}) {
    const auto images = normal({s.n, s.channels, s.height, s.width}, 1);
    const auto filters = normal({s.filters, s.channels, s.side, s.side}, 2);
    const auto found = pooled_responses(images, filters, s.cells);
    const auto expected = reference::pooled_responses(images, filters, s.cells);
    ASSERT_EQ(found.sizes(), expected.sizes());
    EXPECT_TRUE(at::allclose(found, expected, 1e-5, 1e-5)) << s.height << "×" << s.width;
  }
  const auto turned = normal({2, 1, 12, 8}, 1).transpose(2, 3);
  EXPECT_TRUE(at::allclose(pooled_responses(turned, normal({4, 1, 3, 3}, 2), 4),
                           reference::pooled_responses(turned, normal({4, 1, 3, 3}, 2), 4), 1e-5, 1e-5));
}

TEST(PooledResponses, RefuseOtherShapes) {
  const auto images = normal({1, 1, 8, 8}, 1);
  expect_says([&] { pooled_responses(images, normal({4, 1, 4, 4}, 2), 4); }, "of odd k");
  expect_says([&] { pooled_responses(images, normal({4, 2, 3, 3}, 2), 4); }, "got CPUFloatType [1, 1, 8, 8]");
  expect_says([&] { pooled_responses(images.to(at::kByte), normal({4, 1, 3, 3}, 2), 4); }, "float32 images");
  expect_says([&] { pooled_responses(images, normal({4, 1, 3, 3}, 2), 0); }, "at least 1 cell");
}

}  // namespace
}  // namespace pushforward::ops
