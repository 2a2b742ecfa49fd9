// Trainings in one process, each with a host of its own.
#include "pushforward/core/host.h"

#include "tests/train/support.h"

#include <thread>

#include "pushforward/core/progress.h"

namespace pushforward::train {
namespace {

struct Recorder : Host {
  void say(const std::string& line) override { lines.push_back(line); }
  void show(const Stage& stage) override { stages.push_back(stage); }
  void ended() override { ++ends; }
  bool wants_stop() const override { return stop; }

  std::vector<std::string> lines;
  std::vector<Stage> stages;
  int ends = 0;
  bool stop = false;
};

TEST(Host, IsTheThreadsInnermostAndTheTerminalWithoutOne) {
  EXPECT_EQ(&host(), &terminal());
  Recorder outer, inner;
  const Hosted a(outer);
  {
    const Hosted b(inner);
    say("inner {}", 1);
    std::thread([] { EXPECT_EQ(&host(), &terminal()); }).join();
  }
  say("outer");
  EXPECT_EQ(inner.lines, (std::vector<std::string>{"inner 1"}));
  EXPECT_EQ(outer.lines, (std::vector<std::string>{"outer"}));
}

TEST(Host, SeesProgressWithItsNoteAndItsEnd) {
  Recorder recorder;
  const Hosted hosted(recorder);
  {
    Progress progress("train", 5, "batches");
    progress.advance(1, "loss 2");
    EXPECT_TRUE(recorder.stages.empty()) << "shown before a tenth of a second";
    std::this_thread::sleep_for(std::chrono::milliseconds(110));
    progress.advance(2);
    EXPECT_EQ(recorder.ends, 0);
  }
  ASSERT_EQ(recorder.stages.size(), 1U);
  const auto& stage = recorder.stages.front();
  EXPECT_EQ(stage.label + ", " + stage.unit + ", " + stage.note, "train, batches, loss 2");
  EXPECT_EQ(stage.done, 3);
  EXPECT_EQ(stage.total, 5);
  EXPECT_EQ(recorder.ends, 1);
}

class Hosts : public Scratch {};

TEST_F(Hosts, StopOneTrainingAndNotTheOtherWhichIsUnchanged) {
  const auto alone = RunFolder::create(folder / "alone"), beside = RunFolder::create(folder / "beside"),
             stopped = RunFolder::create(folder / "stopped");
  Session(Settings()).start(alone);
  Recorder runs, stops;
  std::string message;
  std::thread other([&] {
    const Hosted hosted(stops);
    Session session{Settings()};
    session.model.before = [&](std::int64_t step) { stops.stop = step == 10; };
    try {
      session.start(stopped);
    } catch (const Interrupted& error) {
      message = error.what();
    }
  });
  {
    const Hosted hosted(runs);
    Session(Settings()).start(beside);
  }
  other.join();
  EXPECT_NE(message.find("saved"), std::string::npos) << message;
  expect_same_run(alone, beside);
  Session(Settings()).resume(stopped);
  expect_same_run(alone, stopped);
  EXPECT_EQ(runs.lines.size(), 3U) << "a line an epoch";
  EXPECT_EQ(stops.lines.size(), 1U) << "the second epoch was not finished";
}

}  // namespace
}  // namespace pushforward::train
