// Flows that a discriminator corrects as runs, without the program around them.
#include "tests/expect.h"
#include "tests/models/scratch.h"
#include "tests/runs/two_phases.h"

#include <cmath>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/file.h"
#include "pushforward/detection/calibrated_detector.h"
#include "pushforward/detection/ood_study.h"
#include "pushforward/models/exchange.h"
#include "pushforward/runs/report.h"
#include "pushforward/runs/scores.h"
#include "pushforward/runs/training.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::runs {
namespace {

class Corrected : public Scratch {
 protected:
  Corrected() {
    write_squares("squares.npy", 60, 0);
    write_squares("others.npy", 20, 100);
  }

  /// Images of 1×8×8 with values from `darkest` to `darkest` + 99.
  void write_squares(const std::string& name, std::int64_t count, int darkest) const {
    auto engine = stream(0, name);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count) * 64);
    for (auto& pixel : pixels)
      pixel = static_cast<std::uint8_t>(darkest + static_cast<int>(uniform_below(engine, 100)));
    data::write_npy(folder / name, data::NpyArray::of<std::uint8_t>({count, 8, 8}, pixels));
  }

  Config tiny(const std::string& more = "") const {
    auto config = Config::parse(
        "[model]\nkind = \"flow-nce\"\ncouplings = 2\nhidden = 4\ndequantize = true\nlogit_alpha = "
        "0.05\nfilters "
        "= 2\n[train]\nepochs = 4\nbatch = 16\n" +
            more,
        "tiny");
    config.set("data.name", path("squares.npy"));
    return config;
  }
  models::Run trained(const std::string& name = "run") const {
    train_run(tiny(), folder / name);
    return models::Run::open(folder / name);
  }
};

TEST_F(Corrected, StandsBesideTheFlowThatItCorrects) {
  const auto run = trained();
  auto config = run.config;
  EXPECT_EQ(config.get_int("train.flow_epochs", 0, {}), 2) << "half of the epochs";
  const auto images = run.load(path("squares.npy"));
  ASSERT_TRUE(run.model.correction.has_value());
  const auto ratio = run.model.outputs.log_ratio(images), log_prob = run.model.outputs.log_prob(images);
  const auto study = detection::ood_study(run, {}, path("squares.npy"), {path("others.npy")},
                                          {"likelihood", "discriminator", "corrected"});
  ASSERT_EQ(study.separations.size(), 3u);
  std::vector<double> energy(60);
  for (std::size_t i = 0; i < 60; ++i) energy[i] = -log_prob[i] - ratio[i];
  const auto others = run.load(path("others.npy"));
  std::vector<double> foreign = run.model.outputs.log_prob(others);
  const auto foreign_ratio = run.model.outputs.log_ratio(others);
  for (std::size_t i = 0; i < foreign.size(); ++i) foreign[i] = -foreign[i] - foreign_ratio[i];
  EXPECT_DOUBLE_EQ(study.separations[2].roc.auroc.value, metrics::roc(energy, foreign).auroc.value);
}

TEST_F(Corrected, ScoresWithAnEstimatedConstant) {
  const auto run = trained();
  const auto scores = score(run, path("squares.npy"));
  ASSERT_TRUE(scores.corrected.has_value());
  const auto& constant = scores.corrected->constant;
  EXPECT_EQ(constant.count, 10'000);
  EXPECT_TRUE(constant.is_known()) << "a discriminator that has hardly begun weighs all draws alike";
  const auto density = scores.corrected->log_density();
  ASSERT_TRUE(density.has_value());
  EXPECT_NEAR(density->value, scores.corrected->mean.value - constant.log_mean.value, 1e-9);
  const auto tables = to_tables(scores);
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_NE(report::to_text(tables[1]).find("estimated bits/dim"), std::string::npos);
  EXPECT_EQ(to_json(scores)["corrected"]["draws"], 10'000);

  auto blind = scores;
  blind.corrected->constant.effective = 3;
  EXPECT_FALSE(blind.corrected->log_density().has_value());
  EXPECT_NE(report::to_text(to_tables(blind)[1]).find("unknown"), std::string::npos);
  EXPECT_TRUE(to_json(blind)["corrected"]["log_density_estimate"].is_null());
}

TEST_F(Corrected, ARunShowsBothPhases) {
  const auto run = trained();
  const auto metrics = train::read_metrics(run.folder.metrics());
  std::vector<std::string> first;
  for (const auto& line : metrics)
    if (line.contains("held_out")) first.push_back(line["held_out"].begin().key());
  ASSERT_EQ(first.size(), 4u);
  const auto html = read_file(write_report(run));
  EXPECT_NE(html.find("What the discriminator sees"), std::string::npos);
  EXPECT_TRUE(fs::exists(run.folder.best()));
}

TEST_F(Corrected, StoppedBetweenThePhasesItContinuesBitForBit) {
  expect_continues_between_phases(tiny(), "train.flow_epochs", folder);
}

TEST_F(Corrected, AnUntrainedDiscriminatorIsNotUsed) {
  trained();
  undo_second_phase(folder / "run", "discriminator_steps");
  const auto run = models::Run::open(folder / "run");
  EXPECT_FALSE(run.model.correction.has_value());
  EXPECT_FALSE(run.model.outputs.log_ratio);
  EXPECT_TRUE(run.model.density.has_value());
  EXPECT_FALSE(score(run, path("squares.npy")).corrected.has_value());
}

TEST_F(Corrected, ExportedWeightsImportTheSame) {
  const auto run = trained();
  models::export_run(run, folder / "w.safetensors");
  EXPECT_NE(checkpoint::load(folder / "w.safetensors").find("discriminator.model.0.weight"), nullptr);
  auto config = tiny();
  for (const char* setting : {"model.height=8", "model.width=8", "train.seed=9"}) config.set(setting);
  models::import_run(config, folder / "w.safetensors", folder / "imported");
  const auto images = run.load(path("squares.npy"));
  const auto other = models::Run::open(folder / "imported");
  EXPECT_EQ(other.model.outputs.log_ratio(images), run.model.outputs.log_ratio(images));
  EXPECT_EQ(other.model.outputs.log_prob(images), run.model.outputs.log_prob(images));
}

TEST_F(Corrected, IsCalibratedAndReadFromAFile) {
  const auto run = trained();
  const auto made =
      detection::CalibratedDetector::of_run(run, {.detector = "corrected", .false_positive_rate = 0.3});
  made.save(folder / "d.pf");
  const auto images = run.load(path("others.npy"));
  EXPECT_EQ(detection::CalibratedDetector::load(folder / "d.pf").score(images), made.score(images));
}

TEST_F(Corrected, CorrectsFlowsOfPointsToo) {
  auto config = Config::parse(
      "[model]\nkind = \"flow-nce\"\nflow = \"spline\"\ncouplings = 2\nhidden = 8\ndiscriminator_hidden = "
      "8\n[data]\nname = \"gaussian-ring\"\n[train]\nepochs = 2\nbatch = 1000\n",
      "points");
  train_run(config, folder / "points");
  const auto run = models::Run::open(folder / "points");
  EXPECT_TRUE(score(run, "gaussian-ring:test").corrected.has_value());
}

TEST_F(Corrected, RefusesWhatItCannotTrain) {
  const auto refuses = [&](const std::string& setting, const std::string& words) {
    auto config = tiny();
    config.set(setting);
    expect_says([&] { train_run(config, folder / "refused"); }, words);
    EXPECT_FALSE(fs::exists(folder / "refused")) << setting;
  };
  refuses("train.epochs=1", "expected at least 2, for the flow and then the discriminator");
  refuses("train.flow_epochs=4", "train.flow_epochs");
  refuses("model.dequantize=false", "set it to true");
  refuses("model.flow=gan", "model.flow");
  refuses("model.conditional=true", "take no condition");
  refuses("data.name=" + path("in.npy"), "square images");
}

}  // namespace
}  // namespace pushforward::runs
