// Training that is stopped from outside, politely and not.
#include "tests/program/support.h"
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/random.h"

namespace pushforward {
namespace {

/// 40 steps in an epoch, a checkpoint after every one.
Arguments training(const std::string& out, std::int64_t epochs, double checkpoint_seconds) {
  return {"train",
          "tiny.toml",
          "--out",
          out,
          "--set",
          "train.batch=4",
          "--set",
          "train.ema=0.9",
          "--set",
          "model.hidden=64",
          "--set",
          fmt::format("train.checkpoint_seconds={}", checkpoint_seconds),
          "-q",
          "--epochs",
          std::to_string(epochs)};
}

/// As many steps of two networks, the critic's twice as often.
Arguments adversarial_training(const std::string& out, std::int64_t epochs, double checkpoint_seconds) {
  write_file(scratch() / "gan.toml",
             "[model]\nkind = \"gan\"\nlatent = 3\nfilters = 4\n[gan]\nn_critic = 2\n"
             "[data]\nname = \"clothes\"\nresize = 8\n[train]\nbatch = 4\nema = 0.9\n");
  return {"train", "gan.toml", "--out",
          out,     "--set",    fmt::format("train.checkpoint_seconds={}", checkpoint_seconds),
          "-q",    "--epochs", std::to_string(epochs)};
}

Json progress_of(const fs::path& run) {
  return Json::parse(checkpoint::load(run / "checkpoints/last.safetensors").metadata.at("progress"));
}

std::vector<std::string> files_of(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path().filename().string());
  std::sort(files.begin(), files.end());
  return files;
}

void expect_same_run(const fs::path& a, const fs::path& b) {
  EXPECT_EQ(files_of(a / "checkpoints"), files_of(b / "checkpoints"));
  for (const auto& file : files_of(a / "checkpoints"))
    EXPECT_EQ(read_file(a / "checkpoints" / file), read_file(b / "checkpoints" / file)) << file;
  EXPECT_EQ(timeless_metrics(a), timeless_metrics(b));
}

/// A run of as many epochs that nothing disturbed.
fs::path uninterrupted(std::int64_t epochs) {
  const auto name = fmt::format("whole{}", epochs);
  if (!fs::exists(scratch() / name)) succeed(training(name, epochs, 1e9));
  return scratch() / name;
}

TEST(Interruption, CtrlCSavesAndEndsWith130) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const auto name = fmt::format("stopped{}", signal);
    const auto run = scratch() / name;
    Child child(training(name, 1000, 0));
    while (child.running() &&
           (!fs::exists(run / "metrics.jsonl") || fs::file_size(run / "metrics.jsonl") < 300))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    child.signal(signal);
    const auto result = child.wait();
    EXPECT_EQ(result.status, 130);
    EXPECT_EQ(result.out, "");
    const auto progress = progress_of(run);
    EXPECT_EQ(result.err, fmt::format("pushforward: interrupted after step {}; saved, continue with: "
                                      "pushforward train --resume --out {}\n",
                                      progress.at("step").get<std::int64_t>(), name));
    const auto epochs = progress.at("epoch").get<std::int64_t>() + 1;
    succeed({"train", "--resume", "--out", name, "-q", "--epochs", std::to_string(epochs)});
    expect_same_run(uninterrupted(epochs), run);
  }
}

/// Signals a program once it has worked for a while.
void expect_stops(const Arguments& arguments) {
  Child child(arguments);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  child.signal(SIGINT);
  const auto result = child.wait();
  EXPECT_EQ(result.status, 130) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_TRUE(result.err.starts_with("pushforward: interrupted while ")) << result.err;
  EXPECT_TRUE(result.err.ends_with(": nothing was written\n")) << result.err;
}

TEST(Interruption, SamplingAndDetectorsStop) {
  expect_stops({"sample", "run", "-n", "10000000", "--out", "many.npy", "-q"});
  EXPECT_FALSE(fs::exists(scratch() / "many.npy"));
  fs::create_directories(scratch() / "data/crowd");
  write_file(scratch() / "data/crowd/train-images-idx3-ubyte",
             idx(200'000, 4, 4, [](auto n, auto i) { return static_cast<int>((n + i) % 251); }));
  expect_stops({"calibrate", "--data", "crowd", "--score", "filter-complexity", "--out", "crowd.pf", "-q"});
  EXPECT_FALSE(fs::exists(scratch() / "crowd.pf"));
}

/// Kills the training of `name` again and again until it has run to its end, at most `most` times.
/// Returns how often.
int kill_until_done(const std::string& name, const Arguments& training, int most) {
  const auto run = scratch() / name;
  auto engine = stream(0, "test kills");
  int kills = 0;
  std::int64_t last = 0;
  for (bool finished = false; !finished;) {
    const bool begun = fs::exists(run / "config.toml");
    Child child(begun ? Arguments{"train", "--resume", "--out", name, "-q"} : training);
    const auto deadline =
        std::chrono::steady_clock::now() +
        std::chrono::microseconds(uniform_below(engine, kills < most ? 150'000 : 100'000'000));
    while (child.running() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    finished = !child.running();
    child.signal(SIGKILL);
    const auto result = child.wait();
    if (finished) {
      EXPECT_EQ(result.status, 0) << result.err;
    } else {
      ++kills;
    }
    if (!fs::exists(run / "config.toml")) continue;
    const std::int64_t step = progress_of(run).at("step");
    EXPECT_GE(step, last);
    last = step;
  }
  return kills;
}

TEST(Interruption, KillLeavesARunThatResumes) {
  EXPECT_GE(kill_until_done("killed", training("killed", 3, 0), 60), 10);
  expect_same_run(uninterrupted(3), scratch() / "killed");
}

TEST(Interruption, KillLeavesAnAdversarialRunThatResumes) {
  EXPECT_GE(kill_until_done("killed-gan", adversarial_training("killed-gan", 2, 0), 15), 5);
  succeed(adversarial_training("whole-gan", 2, 1e9));
  expect_same_run(scratch() / "whole-gan", scratch() / "killed-gan");
}

}  // namespace
}  // namespace pushforward
