#include "pushforward/train/run_folder.h"

#include "tests/train/support.h"

namespace pushforward::train {
namespace {

using Folder = Scratch;

TEST_F(Folder, IsARunOnceItHasBegun) {
  expect_says([&] { RunFolder::open(folder / "none"); },
              "no run at " + (folder / "none").string() + ": no such folder");
  const auto run = RunFolder::create(folder / "a" / "b");
  expect_says([&] { RunFolder::open(run.path()); },
              "no run at " + run.path().string() + ": it has no config.toml");
  Session session{Settings()};
  run.begin(session.model, "[train]\n");
  EXPECT_EQ(RunFolder::open(run.path()).config(), run.path() / "config.toml");
  EXPECT_EQ(read_file(run.config()), "[train]\n");
  EXPECT_TRUE(read_metrics(run.metrics()).empty());
  EXPECT_EQ(run.resume(session.model).step, 0);
}

TEST_F(Folder, RefusesAFileInTheWay) {
  write_file(folder / "file", "x");
  expect_says([&] { RunFolder::create(folder / "file"); },
              "cannot create folder " + (folder / "file").string());
  expect_says([&] { RunFolder::create(folder / "file" / "run"); }, "cannot create folder ");
}

TEST_F(Folder, KeepsTheWholeStateAndWhereItStands) {
  const auto run = RunFolder::create(folder);
  Session trained(everything()), fresh(with_seed(everything(), 9));
  trained.start(run);
  const RunState progress{.step = 21, .epoch = 3, .batch = 2, .best = -1.0 / 3, .sums = {{"x", 0.1}}};
  run.save_last(trained.model, progress);
  const auto found = run.resume(fresh.model);
  EXPECT_EQ(found.step, 21);
  EXPECT_EQ(found.epoch, 3);
  EXPECT_EQ(found.batch, 2);
  EXPECT_EQ(found.best, progress.best);
  EXPECT_EQ(found.sums, progress.sums);
  const auto a = trained.inner.state(), b = fresh.inner.state();
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(identical(a[i].second, b[i].second)) << a[i].first;
}

TEST_F(Folder, RefusesACheckpointOfOtherSettings) {
  const auto run = RunFolder::create(folder);
  Session(Settings()).start(run);
  const auto resume = [&](auto change) {
    auto settings = Settings();
    change(settings);
    Session session(settings);
    run.resume(session.model);
  };
  expect_says([&] { resume([](auto& s) { s.flow.hidden = 9; }); }, "is a checkpoint of another model");
  expect_says([&] { resume([](auto& s) { s.flow.couplings = 5; }); }, "it lacks the tensor");
  expect_says([&] { resume([](auto& s) { s.flow.transformer = "additive"; }); }, "has no tensor");
  expect_says([&] { resume([](auto& s) { s.step.descent.ema_decay = 0.5; }); }, "it lacks the tensor \"ema.");
}

TEST_F(Folder, RefusesAWeightsFileAndDamagedProgress) {
  const auto run = RunFolder::create(folder);
  Session session{Settings()};
  session.start(run);
  const auto state = session.inner.state();
  checkpoint::save(run.last(), state);
  expect_says([&] { run.resume(session.model); }, "not a training checkpoint, it does not say how far it is");
  for (const auto* progress :
       {"", "{}", "[1]", R"({"step": "one"})", R"({"step": 1, "epoch": 0, "batch": 0})",
        R"({"step":1,"epoch":0,"batch":0,"best":null,"sums":{"a":"b"}})"}) {
    checkpoint::save(run.last(), state, {{"progress", progress}});
    expect_says([&] { run.resume(session.model); }, "damaged progress");
  }
}

TEST_F(Folder, MetricsLeaveOutALineCutShort) {
  const auto path = folder / "metrics.jsonl";
  write_file(path, "{\"step\": 1}\n{\"step\": 2}\n{\"ste");
  EXPECT_EQ(read_metrics(path).size(), 2u);
  write_file(path, "{\"step\": 1}\n{\"ste\n{\"step\": 2}\n");
  expect_says([&] { read_metrics(path); }, path.string() + ":2: not JSON");
  write_file(path, "{\"step\": 1}\n[2]\n{\"step\": 2}\n");
  expect_says([&] { read_metrics(path); }, path.string() + ":2: not a JSON object");
}

}  // namespace
}  // namespace pushforward::train
