#include "tests/expect.h"
#include "tests/models/scratch.h"

#include <set>

#include "pushforward/core/file.h"
#include "pushforward/data/registry.h"
#include "pushforward/detection/ood_study.h"
#include "pushforward/metrics/roc.h"
#include "pushforward/models/scoring.h"
#include "pushforward/ood/calibration.h"
#include "pushforward/ood/detector.h"
#include "pushforward/runs/training.h"

namespace pushforward::detection {
namespace {

class OodStudies : public Scratch {
 protected:
  OodStudies() {
    write_pictures("in.npy", 60, 4, 0);
    write_pictures("out.npy", 20, 4, 100);
  }

  /// Images of 1×side×4 with values from `darkest` to `darkest` + 99, the upper half of every second one
  /// plain: large enough for every detector, and of more than one compressed length.
  void write_pictures(const std::string& name, std::int64_t count, std::int64_t side, int darkest) const {
    auto engine = stream(0, name);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count * side * 4));
    const auto size = static_cast<std::size_t>(side * 4);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const bool plain = i / size % 2 == 1 && i % size < size / 2;
      const auto level = static_cast<int>(uniform_below(engine, 100));
      pixels[i] = static_cast<std::uint8_t>(darkest + (plain ? 0 : level));
    }
    data::write_npy(folder / name, data::NpyArray::of<std::uint8_t>({count, side, 4}, pixels));
  }

  models::Run trained(const std::string& name, int seed = 0, const std::string& data = "in.npy") const {
    auto config =
        Config::parse("[model]\ncouplings = 2\nhidden = 4\n[train]\nepochs = 1\nbatch = 16\n", "tiny");
    config.set("data.name", path(data));
    config.set("train.seed=" + std::to_string(seed));
    runs::train_run(config, folder / name);
    return models::Run::open(folder / name);
  }
};

std::set<std::string> names(const OodStudy& study) {
  std::set<std::string> all;
  for (const auto& s : study.separations) all.insert(s.detector);
  return all;
}

TEST_F(OodStudies, HaveMeansOverNearAndFarSets) {
  const auto run = trained("run");
  auto study = ood_study(run, {}, path("in.npy"),
                         {path("out.npy"), path("in.npy") + "+invert", path("in.npy") + "+rotate"},
                         {"likelihood", "typicality"});
  EXPECT_TRUE(group_means(study).empty()) << "no set is said to be near";
  study.near = 1;
  const auto means = group_means(study);
  ASSERT_EQ(means.size(), 2u);
  const auto auroc = [&](std::size_t i) { return study.separations[i].roc.auroc.value; };
  EXPECT_EQ(means[0].detector, "likelihood");
  EXPECT_DOUBLE_EQ(means[0].near_auroc, auroc(0));
  EXPECT_DOUBLE_EQ(means[0].far_auroc, (auroc(1) + auroc(2)) / 2);
  EXPECT_DOUBLE_EQ(means[1].far_auroc, (auroc(4) + auroc(5)) / 2);
  for (const auto& table : {best_table(study), separation_table(study)})
    EXPECT_NE(report::to_text(table).find("far, mean"), std::string::npos);
  save(study, run.folder);
  EXPECT_EQ(to_json(*load_ood_study(run.folder)), to_json(study));
  study.near = 3;
  EXPECT_TRUE(group_means(study).empty()) << "none is far";
}

TEST_F(OodStudies, AreKeptWhole) {
  const auto run = trained("run");
  const auto study = ood_study(run, {}, path("in.npy"), {path("out.npy"), path("in.npy") + "+invert"},
                               {"likelihood", "typicality"});
  ASSERT_EQ(study.separations.size(), 4u);
  const auto log_probs = models::log_prob(*run.model.density->flow, run.load(path("in.npy")));
  ASSERT_EQ(study.in.log_prob.size(), 60u);
  for (std::size_t i = 0; i < 60; ++i) EXPECT_NEAR(study.in.log_prob[i], log_probs[i], 1e-4);
  EXPECT_EQ(study.in.count, 60);
  EXPECT_EQ(study.separations[1].detector, "likelihood");
  EXPECT_EQ(study.separations[1].out, path("in.npy") + "+invert");
  EXPECT_GT(study.separations[1].images_per_second, 0);
  EXPECT_TRUE(study.left_out.empty());
  EXPECT_FALSE(load_ood_study(run.folder).has_value());
  save(study, run.folder);
  const auto kept = load_ood_study(run.folder);
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(to_json(*kept), to_json(study));
  EXPECT_EQ(kept->out.at(1).log_prob, study.out.at(1).log_prob);

  save(ood_study(run, {}, path("in.npy"), {path("out.npy")}, {"likelihood"}), run.folder);
  EXPECT_FALSE(std::filesystem::exists(folder / "run/ood/log_prob_2.npy")) << "of the earlier study";
  EXPECT_FALSE(std::filesystem::exists(folder / "run/plots/roc_typicality.png"));
  EXPECT_TRUE(std::filesystem::exists(folder / "run/plots/roc_likelihood.png"));

  write_file(folder / "run/ood/study.json", "{\"in\": 3}");
  expect_says([&] { load_ood_study(run.folder); }, "run `pushforward ood` again");
}

TEST_F(OodStudies, UseWhatCompanionsAnswer) {
  const auto run = trained("run");
  trained("second", 1);
  const auto alone = ood_study(run, {}, path("in.npy"), {path("out.npy")}, {"all"});
  EXPECT_TRUE(names(alone).contains("filters"));
  EXPECT_TRUE(names(alone).contains("density-of-states"));
  EXPECT_FALSE(names(alone).contains("waic"));
  EXPECT_EQ(names(alone).size() + alone.left_out.size(), ood::kinds().size());
  EXPECT_EQ(alone.fitted_on, "12 of " + path("in.npy"));

  const Companions companions{.background = folder / "second", .ensemble = {folder / "second"}};
  const auto study = ood_study(run, companions, path("in.npy"), {path("out.npy")}, {"all"});
  EXPECT_TRUE(names(study).contains("waic"));
  EXPECT_TRUE(names(study).contains("likelihood-ratio"));
  EXPECT_EQ(study.fitted_on,
            fmt::format("12 of {}, some of them seen in training by {}", path("in.npy"), path("second")));
  save(study, run.folder);
  EXPECT_EQ(to_json(*load_ood_study(run.folder)), to_json(study));
  const auto table = separation_table(study);
  EXPECT_EQ(table.rows.size(), study.separations.size());
  EXPECT_NE(fmt::format("{}", fmt::join(table.notes, " ")).find("energy left out: [ood]"), std::string::npos);

  const auto model = ood_outputs(run, companions);
  const auto images = run.load(path("in.npy"));
  ASSERT_EQ(model.ensemble.size(), 2u);
  EXPECT_EQ(model.ensemble[0](images), model.log_prob(images));
  EXPECT_EQ(model.ensemble[1](images), model.background(images));
  EXPECT_NE(model.background(images), model.log_prob(images));
}

TEST_F(OodStudies, BatchesNeedEnoughImages) {
  write_pictures("few.npy", 9, 4, 0);
  const auto study =
      ood_study(trained("run"), {}, path("in.npy"), {path("out.npy"), path("few.npy")}, {"typicality-10"});
  ASSERT_EQ(study.separations.size(), 1u);
  EXPECT_EQ(study.separations[0].roc.n_in, 6);
  EXPECT_EQ(study.separations[0].roc.n_out, 2);
  expect_contains(study.left_out.at(0), {"few.npy", "10 images at a time"});
}

TEST_F(OodStudies, RefuseWhatTheyCannotCompare) {
  const auto run = trained("run");
  const auto study = [&](const Companions& companions, const std::vector<std::string>& detectors) {
    return [&, companions, detectors] {
      ood_study(run, companions, path("in.npy"), {path("out.npy")}, detectors);
    };
  };
  expect_says([&] { ood_study(run, {}, path("in.npy"), {}, {"likelihood"}); }, "no foreign set");
  expect_says(study({}, {"typicalty"}), "did you mean typicality?");
  expect_says(study({}, {"waic"}), "an ensemble of at least 2");
  expect_says(study({.classifier = folder / "run"}, {"all"}),
              "run has no logits: expected the run of a classifier");
  expect_says(study({.autoencoder = folder / "run"}, {"all"}), "expected the run of an autoencoder");
  expect_says(study({.background = folder / "nowhere"}, {"all"}), "nowhere");
  write_pictures("other.npy", 60, 5, 0);
  trained("wide", 0, "other.npy");
  expect_says(study({.ensemble = {folder / "wide"}}, {"all"}), "wide takes 1×5×4");
}

/// The promise: no labels, no foreign images, no model.
TEST(FilterComplexity, KnowsClothesFromForeignImages) {
  const auto train = models::load_examples("fashion-mnist:train").values.slice(0, 0, 20'000);
  const auto detector = ood::make_detector("filter-complexity", {});
  detector->fit(train);
  const auto in = detector->score(models::load_examples("fashion-mnist:test").values);

  // Fresh images flagged at the rate asked for, over 20 splits of the test images.
  for (const double rate : {0.01, 0.05}) {
    double mean = 0;
    int within = 0;
    for (std::uint64_t split = 0; split < 20; ++split) {
      std::vector<double> halves[2];
      for (const auto i : permutation(std::ssize(in), stream(0, "split", split)))
        halves[halves[0].size() < 5000 ? 0 : 1].push_back(in[static_cast<std::size_t>(i)]);
      const double realised = ood::Calibration(halves[0], rate).realised_rate(halves[1]).value;
      const double sd = std::sqrt(rate * (1 - rate) * 2 / 5000);
      within += std::abs(realised - rate) <= metrics::z95 * sd;
      mean += realised / 20;
    }
    EXPECT_GE(within, 16) << rate;
    EXPECT_NEAR(mean, rate, 3 * std::sqrt(rate * (1 - rate) * 2 / 5000 / 20)) << rate;
  }

  int compared = 0;
  for (const auto* name : {"mnist", "kannada-mnist", "omniglot", "notmnist", "kmnist-sample"}) {
    if (!data::locate(name, "test")) continue;
    const auto out = detector->score(models::load_examples(std::string(name) + ":test").values);
    EXPECT_GE(metrics::roc(in, out).auroc.value, 0.99) << name;
    ++compared;
  }
  if (compared < 5) GTEST_SKIP() << "only " << compared << " of 5 foreign sets are in $PUSHFORWARD_DATA";
}

}  // namespace
}  // namespace pushforward::detection
