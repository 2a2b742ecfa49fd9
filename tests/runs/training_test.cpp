// The parts of a study, without the program around them.
#include "pushforward/runs/training.h"

#include "tests/models/scratch.h"
#include "tests/ops/tensors.h"

#include <csignal>
#include <filesystem>

#include "pushforward/core/file.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/core/random.h"
#include "pushforward/data/npy.h"
#include "pushforward/models/exchange.h"
#include "pushforward/models/presets.h"
#include "pushforward/models/round_trip.h"
#include "pushforward/runs/curves.h"
#include "pushforward/runs/report.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::runs {
namespace {

class Study : public Scratch {
 protected:
  Config tiny() const {
    auto config =
        Config::parse("[model]\ncouplings = 2\nhidden = 4\n[train]\nepochs = 2\nbatch = 16\n", "tiny");
    config.set("data.name", path("in.npy"));
    return config;
  }

  models::Run trained() const {
    train_run(tiny(), folder / "run");
    return models::Run::open(folder / "run");
  }
};

std::vector<double> scores(const models::Run& run, const std::string& data) {
  return run.model.outputs.log_prob(run.load(data));
}

TEST(Presets, AreReadWhole) {
  ASSERT_FALSE(models::presets().empty());
  for (const auto& preset : models::presets()) {
    EXPECT_FALSE(preset.summary.empty()) << preset.name;
    auto config = models::load_config(preset.name);
    models::make_model(config);
    models::read_data(config);
    EXPECT_NO_THROW(config.check_all_read()) << preset.name;
    auto again = Config::parse(config.resolved(), "resolved");
    models::make_model(again);
    models::read_data(again);
    EXPECT_EQ(again.resolved(), config.resolved());
    EXPECT_NO_THROW(again.check_all_read());
  }
  expect_says([] { models::load_config("realnpv"); },
              "no preset or file called realnpv, did you mean realnvp?");
}

TEST(Settings, TheStudysModelIsThePreset) {
  auto config = models::load_config("realnvp");
  const auto train = models::read_train(config);
  EXPECT_EQ(train.epochs, 10);
  EXPECT_EQ(train.batch, 128);
  EXPECT_EQ(train.schedule.learning_rate, 1e-3);
  EXPECT_EQ(models::read_shape(config).dims(), 784);
  config.set("model.height=1");
  config.set("model.width=1");
  expect_says([&] { models::make_model(config); }, "a flow needs at least 2 dimensions, the data have 1×1×1");
}

TEST_F(Study, ARunKnowsItsConfigurationAndScoresAlike) {
  const auto run = trained();
  EXPECT_EQ(run.shape(), (models::Shape{.channels = 1, .height = 2, .width = 3}));
  auto config = run.config;
  EXPECT_EQ(config.get_double("train.beta2", 0, {}), 0.999) << "defaults are written down";
  EXPECT_EQ(scores(run, path("in.npy")), scores(models::Run::open(run.folder.path()), path("in.npy")));
  const auto metrics = train::read_metrics(run.folder.metrics());
  const auto panels = run.model.panels;
  EXPECT_EQ(curves(panels.at(0), metrics).series.at(0).x, (std::vector<double>{1, 2}));
  EXPECT_EQ(curves(panels.at(0), metrics).series.at(1).x, (std::vector<double>{1, 2}));
  EXPECT_EQ(curves(panels.at(1), metrics).series.at(0).x.size(), 2u * 3);
  EXPECT_EQ(epoch_table(metrics).rows.size(), 2u);
}

TEST_F(Study, ScoringCanBeInterrupted) {
  const auto run = trained();
  catch_interrupts();
  std::raise(SIGINT);
  EXPECT_THROW(scores(run, path("in.npy")), Interrupted);
  catch_interrupts();
  EXPECT_EQ(scores(run, path("in.npy")).size(), 50u);
}

TEST_F(Study, AFailedStartCanBeTriedAgain) {
  auto config = tiny();
  config.set("data.name", path("missing.npy"));
  expect_usage([&] { train_run(config, folder / "run"); }, "missing.npy");
  config = tiny();
  config.set("train.epoch=2");
  expect_usage([&] { train_run(config, folder / "run"); }, "did you mean train.epochs?");
  EXPECT_FALSE(fs::exists(folder / "run")) << "nothing was made";
  train::RunFolder::create(folder / "run");
  write_file(folder / "run/checkpoints/last.safetensors", "of a start that was killed before it had begun");
  EXPECT_NO_THROW(trained());
  expect_usage([&] { train_run(tiny(), folder / "run"); }, "already holds a run");
}

TEST_F(Study, ResumingListsTheDifferences) {
  trained();
  expect_says(
      [&] {
        resume_run(folder / "run", {"train.batch=8", "train.epochs=3", "model.hidden=4"});
      },
      "with other settings: train.batch = 8, was 16");
  resume_run(folder / "run", {"train.epochs=3"});
  EXPECT_EQ(epoch_table(train::read_metrics(folder / "run/metrics.jsonl")).rows.size(), 3u);
}

TEST_F(Study, ResumingDrawsTheLastPicturesAgain) {
  const auto run = trained();
  const auto values = read_file(run.folder.samples() / "epoch_002.npy");
  const auto metrics = read_file(run.folder.metrics());
  // As of a run that was killed between its last checkpoint and its pictures.
  for (const char* name : {"epoch_002.npy", "epoch_002.png", "film.png", "film.webp"})
    EXPECT_TRUE(fs::remove(run.folder.samples() / name)) << name;
  resume_run(folder / "run", {});
  EXPECT_EQ(read_file(run.folder.samples() / "epoch_002.npy"), values);
  for (const char* name : {"epoch_002.png", "film.png", "film.webp"})
    EXPECT_TRUE(fs::exists(run.folder.samples() / name)) << name;
  EXPECT_EQ(read_file(run.folder.metrics()), metrics);
}

TEST_F(Study, AveragedWeightsAreWhatARunScoresWith) {
  auto config = tiny();
  config.set("train.ema=0.9");
  train_run(config, folder / "averaged");
  const auto last = models::Run::open(folder / "averaged");
  const auto file = checkpoint::load(last.folder.last());
  const std::string name = "layers.0.scale_net.0.weight";
  const auto weight = last.model.density->flow->named_parameters()[name];
  EXPECT_TRUE(identical(weight.detach(), *file.find("ema." + name)));
  EXPECT_FALSE(identical(weight.detach(), *file.find("model." + name)));
}

TEST_F(Study, TheRoundTripIsMeasured) {
  const auto run = trained();
  const auto images = run.load(path("in.npy"));
  const auto sound = models::round_trip(*run.model.density, images);
  EXPECT_GT(sound.float32, 0);
  EXPECT_LT(sound.float32, 1e-4);
  EXPECT_LT(sound.float64, 1e-12);
  EXPECT_LT(sound.float64, sound.float32);

  at::NoGradGuard no_grad;
  for (auto& parameter : run.model.density->flow->parameters()) parameter.fill_(1e30);
  EXPECT_FALSE(models::round_trip(*run.model.density, images).float32 < 1);  // Also true of a NaN.
}

TEST_F(Study, ExportedWeightsImportTheSame) {
  const auto run = trained();
  models::export_run(run, folder / "w.safetensors");
  auto config = tiny();
  config.set("model.height=2");
  config.set("model.width=3");
  models::import_run(config, folder / "w.safetensors", folder / "imported");
  EXPECT_EQ(scores(models::Run::open(folder / "imported"), path("in.npy")), scores(run, path("in.npy")));
  EXPECT_EQ(scores(models::Run::open(folder / "imported", "best"), path("in.npy")),
            scores(run, path("in.npy")));
  EXPECT_TRUE(fs::exists(write_report(models::Run::open(folder / "imported"))));
}

}  // namespace
}  // namespace pushforward::runs
