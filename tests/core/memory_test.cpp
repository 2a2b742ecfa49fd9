#include "pushforward/core/memory.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace pushforward {
namespace {

TEST(Memory, FreedBuffersStayWithTheProcess) {
#if !defined(__GLIBC__) || defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the allocator is not glibc's";
#else
  keep_freed_memory();
  const auto before = mallinfo2();
  { const std::vector<char> buffer(256 << 20); }
  const auto after = mallinfo2();
  EXPECT_EQ(after.hblks, before.hblks) << "a large buffer has a mapping of its own";
  EXPECT_GE(after.arena, before.arena + (256U << 20)) << "a freed buffer went back to the system";
#endif
}

}  // namespace
}  // namespace pushforward
