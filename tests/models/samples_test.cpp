#include <gtest/gtest.h>

#include <limits>

#include "pushforward/models/model.h"

namespace pushforward::models {
namespace {

TEST(Samples, ThatAreNotFiniteAreCounted) {
  auto samples = at::zeros({4, 1, 2, 2});
  EXPECT_EQ(not_finite(samples), 0);
  samples[1].fill_(std::numeric_limits<float>::infinity());
  samples[3][0][1][1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(not_finite(samples), 2);
}

}  // namespace
}  // namespace pushforward::models
