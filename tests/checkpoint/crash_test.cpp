// Saves that do not come to an end.
#include "tests/checkpoint/files.h"
#include "tests/full_disk.h"
#include <ATen/Parallel.h>
#include <sys/wait.h>

#include <csignal>
#include <thread>

#include "pushforward/core/file.h"

namespace pushforward::checkpoint {
namespace {

using Crash = Folder;

TEST_F(Crash, FullDiskLeavesTheOldFile) {
  const Tensors old = {{"w", at::ones({10})}};
  save(path(), old);
  const auto before = read_file(path());
  for (const rlim_t limit : {0, 100, 4096, 1'000'000}) {
    const FullDisk full(limit);
    expect_says([&] { save(path(), {{"w", at::zeros({1'000'000})}}); }, "cannot write " + path().string());
  }
  EXPECT_EQ(read_file(path()), before);
  const auto entries = std::filesystem::directory_iterator(folder_);
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1) << "a temporary is left";
}

TEST_F(Crash, KillLeavesALoadableFile) {
  constexpr int kills = 60;
  const auto state = [](std::int64_t step) {
    return Tensors{{"step", at::full({}, step, at::kLong)}, {"w", at::full({50'000}, step, at::kFloat)}};
  };
  save(path(), state(0));
  std::int64_t last = 0;
  for (int kill = 0; kill < kills; ++kill) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      at::set_num_threads(1);  // the parent's pool of threads is not here to wait for
      for (auto step = last + 1;; ++step) save(path(), state(step));
    }
    if (kill % 2 == 1)  // not before its first save, however slow the machine is
      while (load(path()).find("step")->item<std::int64_t>() == last)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::this_thread::sleep_for(std::chrono::microseconds(997 * (kill % 20)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);

    const auto file = load(path());
    const auto step = file.find("step")->item<std::int64_t>();
    EXPECT_GE(step, last);
    EXPECT_TRUE(file.find("w")->eq(static_cast<double>(step)).all().item<bool>());
    last = step;
  }
  EXPECT_GT(last, 0);
}

}  // namespace
}  // namespace pushforward::checkpoint
