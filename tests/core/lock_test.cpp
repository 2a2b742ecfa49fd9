#include "pushforward/core/lock.h"

#include "tests/expect.h"
#include "tests/scratch_folder.h"
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "pushforward/core/error.h"

namespace pushforward {
namespace {

class Locks : public ::testing::Test, protected ScratchFolder {};

TEST_F(Locks, AreForOneAtATime) {
  const auto file = folder / ".lock";
  std::optional<Lock> one(std::in_place, file, "the run is being trained");
  expect_says([&] { Lock(file, "the run is being trained"); },
              fmt::format("the run is being trained by process {}: wait for its end", ::getpid()));
  one.reset();
  const Lock again(file, "busy");
}

TEST_F(Locks, AreReleasedByDeath) {
  const auto file = folder / ".lock";
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const auto child = ::fork();
  if (child == 0) {
    const Lock mine(file, "busy");
    [[maybe_unused]] const auto told = ::write(ready[1], "x", 1);
    ::pause();
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  expect_says([&] { Lock(file, "busy"); }, fmt::format("busy by process {}", child));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  const Lock again(file, "busy");
}

}  // namespace
}  // namespace pushforward
