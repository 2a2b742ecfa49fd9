// Classifiers as runs.
#include "tests/models/images.h"

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/models/exchange.h"
#include "pushforward/models/presets.h"
#include "pushforward/runs/benchmark.h"
#include "pushforward/runs/report.h"
#include "pushforward/runs/training.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::runs {
namespace {

namespace fs = std::filesystem;

class ClassifierStudy : public ImageFolder {
 protected:
  Config tiny() const {
    auto config = Config::parse(
        "[model]\nkind = \"classifier\"\nfilters = 4\n[data]\nheld_out = \"test\"\n"
        "[train]\nepochs = 4\nbatch = 16\nlearning_rate = 0.01\nflip = true\nschedule = \"cosine\"\n"
        "checkpoint_seconds = 0\n",
        "tiny");
    config.set("data.name", set);
    return config;
  }

  std::string set = write_stripes();
};

TEST_F(ClassifierStudy, ARunLearnsItsLabels) {
  train_run(tiny(), folder / "run");
  const auto run = models::Run::open(folder / "run", "best");
  auto config = run.config;
  EXPECT_EQ(config.get_int("model.classes", 0, {}), 3) << "as many as there are labels";
  const auto lines = train::read_metrics(run.folder.metrics());
  EXPECT_GT(lines.back()["train"]["accuracy"].get<double>(), 0.5);
  EXPECT_LT(lines.back()["train"]["loss"].get<double>(), lines.front()["loss"].get<double>());
  EXPECT_TRUE(lines.back()["held_out"]["accuracy"].is_number());
  EXPECT_TRUE(fs::is_empty(run.folder.samples())) << "there is nothing to draw";
  EXPECT_TRUE(fs::exists(run.folder.plots() / "curves.png"));
  const auto html = read_file(write_report(run));
  EXPECT_NE(html.find("Accuracy by epoch"), std::string::npos);
  EXPECT_EQ(html.find("Walks"), std::string::npos);
}

TEST_F(ClassifierStudy, AnInterruptedRunContinuesBitForBit) {
  train_run(tiny(), folder / "whole");
  auto config = Config::load(folder / "whole/config.toml");
  // The schedule ends with the last epoch: a shorter run is another one, so this one is stopped by hand.
  train_run(tiny(), folder / "parts");
  auto once = tiny();
  once.set("train.epochs=2");
  once.set("train.schedule=constant");
  auto twice = tiny();
  twice.set("train.schedule=constant");
  train_run(twice, folder / "constant");
  train_run(once, folder / "resumed");
  resume_run(folder / "resumed", {"train.epochs=4"});
  for (const char* name : {"last", "best"})
    EXPECT_EQ(read_file(folder / fmt::format("constant/checkpoints/{}.safetensors", name)),
              read_file(folder / fmt::format("resumed/checkpoints/{}.safetensors", name)))
        << name;
  EXPECT_EQ(read_file(folder / "whole/checkpoints/last.safetensors"),
            read_file(folder / "parts/checkpoints/last.safetensors"));
}

TEST_F(ClassifierStudy, TellsDetectorsFeaturesAndLogits) {
  auto config = tiny();
  config.set("train.epochs=1");
  train_run(config, folder / "run");
  const auto run = models::Run::open(folder / "run");
  const auto images = run.load(set + ":test");
  const auto model = run.model.outputs;
  ASSERT_TRUE(model.features && model.logits);
  EXPECT_FALSE(model.log_prob);
  const auto features = model.features(images), logits = model.logits(images);
  EXPECT_EQ(features.sizes(), (std::vector<std::int64_t>{30, 16}));
  EXPECT_EQ(logits.sizes(), (std::vector<std::int64_t>{30, 3}));
  EXPECT_EQ(features.scalar_type(), at::kFloat);
  EXPECT_TRUE(identical(features, run.model.outputs.features(images))) << "evaluated, not trained";
  const auto lines = train::read_metrics(run.folder.metrics());
  const double right = logits.argmax(1).eq(at::arange(30).remainder(3)).to(at::kDouble).mean().item<double>();
  EXPECT_NEAR(right, lines.back()["held_out"]["accuracy"].get<double>(), 1e-9);
}

TEST_F(ClassifierStudy, NeitherSamplesNorScores) {
  auto config = tiny();
  config.set("train.epochs=1");
  train_run(config, folder / "run");
  const auto run = models::Run::open(folder / "run");
  expect_says([&] { models::expect_sampler(run.model); }, "classifier of 3 draws no samples");
  expect_says([&] { models::expect_density(run.model); }, "no likelihood");
}

TEST_F(ClassifierStudy, ExportedWeightsImportTheSame) {
  auto config = tiny();
  config.set("train.epochs=1");
  train_run(config, folder / "run");
  const auto run = models::Run::open(folder / "run");
  models::export_run(run, folder / "w.safetensors");
  const auto file = checkpoint::load(folder / "w.safetensors");
  for (const char* name : {"layers.0.weight", "layers.1.running_mean", "layers.10.num_batches_tracked",
                           "head.weight", "head.bias"})
    EXPECT_NE(file.find(name), nullptr) << name;
  auto other = tiny();
  for (const char* setting : {"train.seed=7", "model.classes=3", "model.height=16", "model.width=16"})
    other.set(setting);
  other.set("data.resize=16");
  models::import_run(other, folder / "w.safetensors", folder / "imported");
  const auto images = noise(5, 1, 16, 1);
  for (const char* checkpoint : {"last", "best"})
    EXPECT_TRUE(identical(models::Run::open(folder / "imported", checkpoint).model.outputs.logits(images),
                          run.model.outputs.logits(images)))
        << checkpoint;
}

TEST_F(ClassifierStudy, RefusesWhatItCannotLearn) {
  const auto refuses = [&](const std::string& setting, const std::string& words) {
    auto config = tiny();
    config.set(setting);
    expect_says([&] { train_run(config, folder / "refused"); }, words);
    EXPECT_FALSE(fs::exists(folder / "refused")) << setting;
  };
  write<std::uint8_t>("plain.npy", noise(20, 1, 16, 1));
  refuses("data.name=\"" + path("plain.npy") + "\"", "plain.npy has no labels");
  refuses("data.resize=12", "at least 16 pixels a side");
  refuses("data.name=25-gaussians", "at least 16 pixels a side");
  refuses("model.classes=1", "model.classes");
  refuses("train.fid_every=1", "draws no samples to measure FID of");
}

TEST_F(ClassifierStudy, IsTimed) {
  const auto found = benchmark(tiny(), {.steps = 2, .data = set});
  EXPECT_GT(found.iteration_ms_median, 0);
  EXPECT_FALSE(found.score_images_per_s);
}

}  // namespace
}  // namespace pushforward::runs
