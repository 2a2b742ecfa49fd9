#include "pushforward/core/threads.h"

#include "tests/scratch_folder.h"
#include <gtest/gtest.h>
#include <sched.h>

#include <cstdlib>

#include "pushforward/core/file.h"

namespace pushforward {
namespace {

class Threads : public ::testing::Test {
 protected:
  Threads() {
    if (const char* value = std::getenv("OMP_NUM_THREADS")) before_ = value;
    unsetenv("OMP_NUM_THREADS");
    sched_getaffinity(0, sizeof set_, &set_);
  }
  ~Threads() override {
    before_.empty() ? unsetenv("OMP_NUM_THREADS") : setenv("OMP_NUM_THREADS", before_.c_str(), 1);
    sched_setaffinity(0, sizeof set_, &set_);
  }
  static int wanting(const char* threads) {
    setenv("OMP_NUM_THREADS", threads, 1);
    return available_threads();
  }

 private:
  std::string before_;
  cpu_set_t set_{};
};

TEST_F(Threads, AreAsManyAsProcessorsAllowed) {
  EXPECT_GE(available_threads(), 1);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(available_threads(), 1);
}

TEST_F(Threads, AreThoseOfTheEnvironmentWithinReason) {
  const int here = available_threads();
  EXPECT_EQ(wanting("1"), 1);
  EXPECT_EQ(wanting("3"), 3);
  EXPECT_EQ(wanting("3,2"), 3) << "the first is the outermost level's";
  for (const auto* many : {"100000", "4294967297", "99999999999999999999"})
    EXPECT_EQ(wanting(many), most_threads_a_processor * here) << many;
  for (const auto* none : {"", "0", "-4", "many"}) EXPECT_EQ(wanting(none), here) << none;
}

TEST(ControlGroups, GrantTheLeastOfAGroupAndItsParents) {
  const ScratchFolder scratch;
  const auto quota = [&](const std::string& group, const std::string& text) {
    std::filesystem::create_directories(scratch.folder / group);
    write_file(scratch.folder / group / "cpu.max", text);
  };
  const auto granted = [&](const std::string& group) {
    return granted_processors(scratch.folder, group, 16);
  };
  EXPECT_EQ(granted("/"), 16) << "no control groups";
  quota("a", "400000 100000\n");
  quota("a/b", "max 100000\n");
  quota("a/b/c", "150000 100000\n");
  quota("a/little", "5000 100000\n");
  quota("much", "99900000 100000\n");
  EXPECT_EQ(granted("/"), 16);
  EXPECT_EQ(granted("/a"), 4);
  EXPECT_EQ(granted("/a/b"), 4);
  EXPECT_EQ(granted("/a/b/c"), 2) << "one and a half";
  EXPECT_EQ(granted("/a/little"), 1);
  EXPECT_EQ(granted("/much"), 16);
  quota("", "100000 100000\n");
  EXPECT_EQ(granted("/a/b/c"), 1) << "what a container sees as the root";
}

}  // namespace
}  // namespace pushforward
