// What the program finds around it: descriptors, names, other processes, signals.
#include "tests/program/support.h"
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <sstream>
#include <thread>

namespace pushforward {
namespace {

/// `command` in scratch() by a shell, with $P the program.
Result shell(const std::string& command) {
  return Child("/bin/sh", {"-c", fmt::format("P='{}'; {}", PUSHFORWARD_PROGRAM, command)}).wait();
}

void wait_for(Child& child, const fs::path& file) {
  while (child.running() && !fs::exists(file)) std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

TEST(Descriptors, ThatAreClosedTakeNoFilesPlace) {
  int number = 0;
  for (const auto& [closed, status] : {std::pair{"2>&-", 0}, {"0<&-", 0}, {"0<&- 1>&- 2>&-", 1}}) {
    const auto run = fmt::format("closed{}", ++number);
    EXPECT_EQ(shell(fmt::format("$P train tiny.toml --out {} {}", run, closed)).status, status) << closed;
    EXPECT_EQ(timeless_metrics(scratch() / run), timeless_metrics(scratch() / "run")) << closed;
    succeed({"train", "--resume", "--out", run, "--epochs", "3", "-q"});
  }
}

TEST(Files, BeyondTheLimitAreAnError) {
  const auto result = shell("ulimit -f 1; $P sample run -n 2000 --out large.npy");
  EXPECT_EQ(result.status, 1) << "no signal";
  EXPECT_NE(result.err.find("large.npy: File too large"), std::string::npos) << result.err;
}

TEST(Homes, ThatAreMissingCostTheCacheAlone) {
  const auto result = shell(
      "unset HOME XDG_CACHE_HOME; $P fid clothes:test digits:test --features pixels && $P fid clothes:test "
      "digits:test --features pixels --no-cache");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.err.find("features are not kept"), std::string::npos) << result.err;
}

TEST(Signals, EndTheProgramBeforeItHasBegun) {
  const auto result = shell(
      "$P train tiny.toml --out early & p=$!; "
      "until grep -q pushforward-program /proc/$p/maps; do :; done; kill -TERM $p; wait $p");
  EXPECT_EQ(result.status, 130) << result.err;
  EXPECT_NE(result.err.find("pushforward: interrupted"), std::string::npos) << result.err;
}

TEST(Processes, DoNotTrainInOneFolder) {
  Child first({"train", "tiny.toml", "--out", "busy", "--epochs", "100000", "-q"});
  wait_for(first, scratch() / "busy/samples/epoch_001.npy");
  const auto second = pushforward({"train", "--resume", "--out", "busy", "--epochs", "100001"});
  EXPECT_EQ(second.status, 1);
  EXPECT_TRUE(second.err.starts_with("pushforward: busy is being trained by process ")) << second.err;
  EXPECT_TRUE(first.running());
  first.signal(SIGKILL);
  EXPECT_EQ(first.wait().status, 128 + SIGKILL);
  Child third({"train", "--resume", "--out", "busy", "-q"});  // death has let go
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_TRUE(third.running());
  third.signal(SIGINT);
  EXPECT_EQ(third.wait().status, 130);

  Child one({"train", "tiny.toml", "--out", "both", "-q"}),
      other({"train", "tiny.toml", "--out", "both", "-q"});
  const auto a = one.wait(), b = other.wait();
  EXPECT_EQ((a.status == 0) + (b.status == 0), 1) << a.err << b.err;
  EXPECT_EQ(timeless_metrics(scratch() / "both"), timeless_metrics(scratch() / "run"));
}

TEST(Names, NeedNotBeText) {
  const std::string name =
                        "r\xE9"
                        "al",
                    set = name + "/train-images-idx3-ubyte";
  fs::create_directories(scratch() / name);
  fs::copy_file(scratch() / "data/clothes/train-images-idx3-ubyte", scratch() / set);
  succeed({"train", "tiny.toml", "--data", name, "--out", "bytes", "-q"});
  succeed({"train", "--resume", "--out", "bytes", "--epochs", "3", "-q"});
  const auto made = json_of({"calibrate", "bytes", "--fpr", "0.1"});
  EXPECT_NE(made.at("calibrated_on").at("data").get<std::string>().find("r\uEFE9al"), std::string::npos);
  EXPECT_EQ(json_of({"detect", "bytes", "--data", name}).at("images").size(), 200u);
  EXPECT_NE(succeed({"detect", "bytes", "--data", name}).find("foreign to r\\xe9al:train"),
            std::string::npos);
  EXPECT_EQ(json_of({"score", "bytes", "--data", name}).at("images"), 200);
  succeed({"report", "bytes"});
}

TEST(Names, DoNotDriveTheTerminal) {
  const std::string name = "\x1b[2J\nevil\xFF.png";
  fs::create_directories(scratch() / "pictures");
  succeed({"calibrate", "--data", "clothes", "--fpr", "0.1", "--out", "picture.pf", "-q"});
  constexpr unsigned char gray[] = {
      0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,
      0x52, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x04, 0x08, 0x00, 0x00, 0x00, 0x00, 0x8c,
      0x9a, 0xc1, 0xa2, 0x00, 0x00, 0x00, 0x0e, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x68,
      0x00, 0x02, 0x06, 0x54, 0x02, 0x00, 0x50, 0x14, 0x08, 0x01, 0x6d, 0x4d, 0xe0, 0x49, 0x00,
      0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};  // a PNG of 4×4 pixels
  const std::string image(reinterpret_cast<const char*>(gray), sizeof gray);
  write_file(scratch() / "pictures" / name, image);
  const auto text = pushforward({"detect", "picture.pf", "--data", "pictures"});
  const auto jsonl = pushforward({"detect", "picture.pf", "--data", "pictures", "--format", "jsonl", "-q"});
  ASSERT_EQ(text.status, 0) << text.err;
  EXPECT_NE(text.out.find("\\x1b[2J\\nevil\\xff.png"), std::string::npos) << text.out;
  EXPECT_EQ((text.out + text.err).find('\x1b'), std::string::npos);
  EXPECT_EQ(Json::parse(jsonl.out).at("image"), "\x1b[2J\nevil\uEFFF.png");
  const auto missing = pushforward({"detect", "picture.pf", "--data", name + "missing"});
  EXPECT_EQ(missing.err.find('\x1b'), std::string::npos);
}

TEST(Output, GoesWhereItIsToldTo) {
  succeed({"sample", "run", "-n", "4", "--out", "plain.npy", "-q"});
  const auto expected = read_file(scratch() / "plain.npy");
  const auto through =
      shell("ln -s /dev/stdout piped.npy; $P sample run -n 4 --out piped.npy -q | head -c 1000000");
  EXPECT_TRUE(through.out.starts_with(expected));
  EXPECT_TRUE(fs::is_symlink(scratch() / "piped.npy"));
  EXPECT_EQ(shell("ln -s /dev/null null.npy; $P sample run -n 4 --out null.npy -q").status, 0);
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(Temporaries, AreInTmpdir) {
  const auto result =
      pushforward({"report", "run"}, {.variables = {"TMPDIR=" + (scratch() / "absent").string()}});
  if (result.err.find("gnuplot is needed") != std::string::npos) GTEST_SKIP() << "gnuplot is not here";
  EXPECT_NE((result.out + result.err).find("name another folder with $TMPDIR"), std::string::npos)
      << result.err;
}

TEST(Numbers, ThatNoIntegerHoldsAreRefused) {
  for (const auto* option : {"--seed", "--epochs", "--fid-every"}) {
    const auto result = pushforward({"train", "tiny.toml", option, "99999999999999999999"});
    EXPECT_EQ(result.status, 2) << option;
    EXPECT_NE(result.err.find("found 99999999999999999999"), std::string::npos) << result.err;
  }
  const auto set = pushforward({"train", "tiny.toml", "--set", "train.seed=99999999999999999999"});
  EXPECT_EQ(set.status, 2);
  EXPECT_NE(set.err.find("train.seed"), std::string::npos) << set.err;
}

TEST(Threads, AreBoundedWhateverTheVariableSays) {
  const auto result = shell(
      "export OMP_NUM_THREADS=100000; $P train tiny.toml --out crowd --epochs 2000 -q & p=$!; "
      "until test -e crowd/samples/epoch_002.png; do sleep 0.01; done; ls /proc/$p/task | wc -l; "
      "kill -INT $p; kill -TERM $p; wait $p");
  EXPECT_LT(std::stol("0" + result.out), 1000) << result.out;
}

}  // namespace
}  // namespace pushforward
