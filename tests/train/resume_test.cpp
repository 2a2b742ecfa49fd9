// A run that was stopped, at any step and however often, ends as one that was not: to the byte.
#include "tests/train/support.h"

#include <csignal>

#include "pushforward/core/interrupt.h"

namespace pushforward::train {
namespace {

class Resume : public Scratch {
 protected:
  /// Trains `settings` and interrupts each attempt at the next of `steps`.
  void expect_continues(const Settings& settings, const std::vector<std::int64_t>& steps) {
    const auto whole = RunFolder::create(folder / "whole"), stopped = RunFolder::create(folder / "stopped");
    catch_interrupts();
    Session(settings).start(whole);
    for (std::size_t attempt = 0; attempt <= steps.size(); ++attempt) {
      catch_interrupts();
      Session session(settings);
      if (attempt < steps.size())
        session.model.before = [&, at = steps[attempt]](std::int64_t step) {
          if (step == at) std::raise(attempt % 2 == 0 ? SIGTERM : SIGINT);
        };
      const auto train = [&] { attempt == 0 ? session.start(stopped) : session.resume(stopped); };
      if (attempt == steps.size()) {
        train();
      } else {
        EXPECT_THROW(train(), Interrupted) << attempt;
      }
    }
    expect_same_run(whole, stopped);
  }
};

TEST_F(Resume, ContinuesBitForBit) {
  expect_continues(Settings(), {10});
}

TEST_F(Resume, ContinuesMomentsAveragesNoiseAndScheduleBitForBit) {
  expect_continues(everything(), {10});
}

TEST_F(Resume, ContinuesFromTheFirstStepTheLastOfAnEpochAndTwiceInOne) {
  expect_continues(everything(), {1, 7, 10, 12, 14, 20});
}

TEST_F(Resume, AnEpochInterruptedWhileItIsMeasuredIsMeasuredLater) {
  const auto whole = RunFolder::create(folder / "whole"), stopped = RunFolder::create(folder / "stopped");
  bool interrupts = false;
  auto settings = everything();
  settings.fit.measure = [&](const Epoch& epoch) -> nn::Scalars {
    if (interrupts && epoch.epoch == 2) std::raise(SIGINT);
    stop_if_interrupted("measuring");
    return {{"measured", static_cast<double>(epoch.epoch)}};
  };
  catch_interrupts();
  Session(settings).start(whole);
  interrupts = true;
  Session first(settings);
  expect_says([&] { first.start(stopped); }, "; saved, continue with: pushforward train --resume");
  interrupts = false;
  catch_interrupts();
  Session second(settings);
  second.resume(stopped);
  expect_same_run(whole, stopped);
}

TEST_F(Resume, SavesBeforeItSaysInterrupted) {
  catch_interrupts();
  const auto run = RunFolder::create(folder);
  Session session{Settings()};
  session.model.before = [](std::int64_t step) {
    if (step == 10) std::raise(SIGTERM);
  };
  expect_says(
      [&] { session.start(run); },
      "interrupted after step 10; saved, continue with: pushforward train --resume --out " + folder.string());
  const auto progress = progress_of(run.last());
  EXPECT_EQ(progress.at("step"), 10);
  EXPECT_EQ(progress.at("epoch"), 1);
  EXPECT_EQ(progress.at("batch"), 3);
}

TEST_F(Resume, CutsOffWhatWasLoggedAfterTheCheckpoint) {
  const auto whole = RunFolder::create(folder / "whole"), killed = RunFolder::create(folder / "killed");
  Session(everything()).start(whole);
  Session session(everything());
  session.model.before = [](std::int64_t step) {
    if (step == 12) throw fail("the power went");  // after 7 steps saved, 4 logged
  };
  expect_says([&] { session.start(killed); }, "the power went");
  EXPECT_EQ(read_metrics(killed.metrics()).size(), 12u);
  write_file(killed.metrics(), read_file(killed.metrics()) + R"({"step": 12, "epo)");
  Session(everything()).resume(killed);
  expect_same_run(whole, killed);
}

TEST_F(Resume, GoesOnWithMoreEpochs) {
  const auto whole = RunFolder::create(folder / "whole"), grown = RunFolder::create(folder / "grown");
  auto settings = Settings();
  Session(settings).start(whole);
  settings.fit.epochs = 1;
  Session(settings).start(grown);
  EXPECT_TRUE(Session(settings).resume(grown).empty()) << "nothing left to do";
  Session(Settings()).resume(grown);
  expect_same_run(whole, grown);
}

TEST_F(Resume, ShowsTheEpochAgainThatAKilledProcessMayNotHaveShown) {
  const auto whole = RunFolder::create(folder / "whole"), killed = RunFolder::create(folder / "killed");
  const auto epochs = Session(everything()).start(whole);
  using Seen = std::vector<std::pair<std::int64_t, double>>;  // epoch, and what its weights evaluate to
  Seen expected, seen;
  for (const auto& epoch : epochs) expected.emplace_back(epoch.epoch, epoch.held_out.at(0).second);
  const auto attempt = [&](bool resume, std::int64_t killed_in, std::int64_t interrupted_at = 0) {
    catch_interrupts();
    seen.clear();
    Session session(everything());
    session.model.before = [&](std::int64_t step) {
      if (step == interrupted_at) std::raise(SIGTERM);
    };
    const auto look = [&](const Epoch& epoch) {
      if (epoch.epoch == killed_in) throw fail("the power went");
      seen.emplace_back(epoch.epoch, evaluate(session.model, session.held_out).at(0).second);
    };
    resume ? session.resume(killed, look) : session.start(killed, look);
  };
  expect_says([&] { attempt(false, 1); }, "the power went");
  EXPECT_EQ(seen, Seen());
  EXPECT_THROW(attempt(true, 0, 10), Interrupted);
  EXPECT_EQ(seen, (Seen{expected[0]}));
  expect_says([&] { attempt(true, 3); }, "the power went");
  EXPECT_EQ(seen, (Seen{expected[1]})) << "the first was shown, and the second had begun";
  attempt(true, 0);
  EXPECT_EQ(seen, (Seen{expected[2]})) << "although no epoch is left";
  expect_same_run(whole, killed);
}

TEST_F(Resume, KeepsValuesThatJsonCannotHold) {
  const auto run = RunFolder::create(folder);
  Session session{Settings()};
  run.save_last(session.model, {.step = 3, .best = {}, .sums = {{"a", INFINITY}, {"b", 1.0 / 3}}});
  const auto progress = run.resume(session.model);
  EXPECT_TRUE(std::isnan(progress.sums.at(0).second));
  EXPECT_EQ(progress.sums.at(1), (std::pair<std::string, double>("b", 1.0 / 3)));
}

TEST_F(Resume, RemovesWhatKilledProcessesLeft) {
  const auto run = RunFolder::create(folder);
  Session(Settings()).start(run);
  const auto checkpoints = folder / "checkpoints";
  for (const auto& left : {checkpoints / "last.safetensors.123.tmp", checkpoints / "best.safetensors.9.tmp",
                           folder / "metrics.jsonl.77.tmp", folder / "config.toml.1.tmp"})
    write_file(left, "half");
  for (const auto& kept : {checkpoints / "last.safetensors.mine.tmp", checkpoints / "first.safetensors.1.tmp",
                           folder / "notes.tmp", folder / "report.html.5.tmp"})
    write_file(kept, "whole");
  Session(Settings()).resume(run);
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".tmp") found.push_back(entry.path().filename().string());
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (std::vector<std::string>{"first.safetensors.1.tmp", "last.safetensors.mine.tmp",
                                             "notes.tmp", "report.html.5.tmp"}));
}

}  // namespace
}  // namespace pushforward::train
