#include "pushforward/ops/precision.h"

#include "tests/ops/tensors.h"
#include <gtest/gtest.h>

#include <limits>
#include <thread>

namespace pushforward::ops {
namespace {

TEST(Precision, LastsAsLongAsItsGuardAndOnItsThread) {
  EXPECT_EQ(precision(), Precision::float32);
  {
    const UsePrecision outer(Precision::bfloat16);
    EXPECT_EQ(precision(), Precision::bfloat16);
    {
      const UsePrecision inner(Precision::float32);
      EXPECT_EQ(precision(), Precision::float32);
    }
    EXPECT_EQ(precision(), Precision::bfloat16);
    std::thread([] { EXPECT_EQ(precision(), Precision::float32); }).join();
  }
  EXPECT_EQ(precision(), Precision::float32);
}

TEST(Precision, RoundsAsATenDoes) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const auto x =
      at::cat({normal({1003}, 1), at::tensor({0.0F, -0.0F, 1.00390625F, 1.01171875F, 3.4e38F, infinity,
                                              -infinity, std::numeric_limits<float>::denorm_min()})});
  auto to = at::empty_like(x, at::kBFloat16);
  round_to_bfloat16(x.data_ptr<float>(), x.numel(), to.data_ptr<at::BFloat16>());
  EXPECT_TRUE(to.equal(x.to(at::kBFloat16)));
}

TEST(Precision, KeepsNaN) {
  const auto x = at::full({40}, std::numeric_limits<float>::quiet_NaN());
  auto to = at::empty_like(x, at::kBFloat16);
  round_to_bfloat16(x.data_ptr<float>(), x.numel(), to.data_ptr<at::BFloat16>());
  EXPECT_TRUE(to.isnan().all().item<bool>());
}

TEST(Precision, HasNames) {
  EXPECT_EQ(precision_of("float32"), Precision::float32);
  EXPECT_EQ(precision_of("bfloat16"), Precision::bfloat16);
  EXPECT_EQ(precision_of("auto"), has_native_bfloat16() ? Precision::bfloat16 : Precision::float32);
}

}  // namespace
}  // namespace pushforward::ops
