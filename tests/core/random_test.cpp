#include "pushforward/core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "pushforward/core/names.h"
#include "pushforward/core/progress.h"

namespace pushforward {
namespace {

// Computed by another program from the header's definition; a change here changes every run ever made.
TEST(Streams, KeysAreFixedForEver) {
  EXPECT_EQ(stream_key(0, "init", 0), 0xa727e83b075c84c0ULL);
  EXPECT_EQ(stream_key(7, "shuffle", 3), 0x4aaca3ec7ecac086ULL);
}

TEST(Streams, DifferBySeedPurposeAndPosition) {
  const auto base = stream(1, "shuffle", 2)();
  EXPECT_NE(base, stream(2, "shuffle", 2)());
  EXPECT_NE(base, stream(1, "split", 2)());
  EXPECT_NE(base, stream(1, "shuffle", 3)());
  EXPECT_EQ(base, stream(1, "shuffle", 2)());
}

TEST(Streams, DrawWithoutBias) {
  auto engine = stream(0, "test");
  std::array<int, 3> counts{};
  constexpr int n = 30'000;
  for (int i = 0; i < n; ++i) ++counts.at(uniform_below(engine, 3));
  // Each count is binomial with sd 82; 5 sd either way.
  for (const int count : counts) EXPECT_NEAR(count, n / 3, 410);

  double sum = 0, squares = 0, lowest = 1, highest = 0;
  for (int i = 0; i < n; ++i) {
    const double z = normal01(engine), u = uniform01(engine);
    sum += z;
    squares += z * z;
    lowest = std::min(lowest, u);
    highest = std::max(highest, u);
  }
  EXPECT_NEAR(sum / n, 0, 5 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 1, 5 * std::sqrt(2.0 / n));
  EXPECT_GE(lowest, 0);
  EXPECT_LT(highest, 1);
}

TEST(Streams, PermutationsHoldEveryNumberOnce) {
  auto order = permutation(1000, stream(3, "shuffle"));
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (std::int64_t i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  EXPECT_TRUE(permutation(0, stream(3, "shuffle")).empty());
}

TEST(Names, TheNearestIsOffered) {
  const std::vector<std::string> names{"realnvp", "realnvp-dequantized", "dcgan"};
  EXPECT_EQ(nearest("realnpv", names), "realnvp");
  EXPECT_EQ(nearest("something else", names), "");
  EXPECT_EQ(did_you_mean("dcgna", names), ", did you mean dcgan?");
  EXPECT_EQ(did_you_mean("zzz", names), "");
  EXPECT_EQ(nearest("shw", {"list", "fetch", "show"}), "show");
  EXPECT_EQ(nearest("tset", {"train", "test"}), "test") << "two letters swapped are one slip";
  EXPECT_EQ(nearest("train.clip_norm", {"train.fid_every", "train.batch"}), "")
      << "what precedes the dot is no likeness";
  EXPECT_EQ(nearest("trian.epochs", {"train.epochs", "train.ema"}), "train.epochs");
}

TEST(Durations, AreReadable) {
  EXPECT_EQ(duration(59.4), "59s");
  EXPECT_EQ(duration(75), "1m15s");
  EXPECT_EQ(duration(3 * 3600 + 61), "3h01m");
  EXPECT_EQ(duration(std::nan("")), "?");
}

}  // namespace
}  // namespace pushforward
