#include "pushforward/ops/reused_memory.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "pushforward/ops/parallel.h"

namespace pushforward::ops {
namespace {

TEST(ReusedMemory, GivesFreedBuffersToTheTensorsThatAreMadeNext) {
  ReusedMemory memory;
  const UseReusedMemory use(&memory);
  const void* before = nullptr;
  {
    const auto x = at::ones({1000, 100});
    before = x.data_ptr();
    EXPECT_EQ(memory.bytes(), 400'000u);
  }
  const auto y = at::ones({900, 100}), z = at::ones({1000, 100});
  EXPECT_EQ(y.data_ptr(), before) << "as it is large enough";
  EXPECT_NE(z.data_ptr(), before) << "as it is taken";
  EXPECT_EQ(memory.bytes(), 800'000u);
  EXPECT_EQ(y.sum().item<float>(), 90'000);
  const auto little = at::ones({100});
  EXPECT_EQ(memory.bytes(), 800'000u) << "small ones go another way";
}

TEST(ReusedMemory, IsNotWastedOnSmallTensors) {
  ReusedMemory memory;
  const UseReusedMemory use(&memory);
  { const auto x = at::ones({1 << 20}); }
  const auto y = at::ones({1 << 18});
  EXPECT_EQ(memory.bytes(), (4u << 20) + (1u << 20)) << "a buffer four times as large is kept for others";
}

TEST(ReusedMemory, OutlivesWhoKeepsIt) {
  std::optional<ReusedMemory> memory(std::in_place);
  at::Tensor x;
  {
    const UseReusedMemory use(&*memory);
    x = at::full({1000, 100}, 7);
  }
  memory.reset();
  EXPECT_EQ(x.sum().item<std::int64_t>(), 700'000);
  std::thread([&] { x.reset(); }).join();
}

TEST(ReusedMemory, GoesWithWorkToOtherThreads) {
  ReusedMemory memory;
  const UseReusedMemory use(&memory);
  for (int round = 0; round < 3; ++round) {
    parallel_for_operations(0, 8, 1, [&](std::int64_t first, std::int64_t last) {
      EXPECT_EQ(reused_memory(), &memory);
      for (auto i = first; i < last; ++i) at::ones({1 << 16}).mul_(2);
    });
    EXPECT_LE(memory.bytes(), static_cast<std::size_t>(at::get_num_threads()) << 18);
  }
  std::thread([] { EXPECT_EQ(reused_memory(), nullptr); }).join();
}

}  // namespace
}  // namespace pushforward::ops
