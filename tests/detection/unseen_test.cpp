// What a run was trained on and what not, and whether its detectors keep to it.
#include "pushforward/detection/unseen.h"

#include "tests/models/images.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include "pushforward/detection/calibrated_detector.h"
#include "pushforward/detection/ood_study.h"
#include "pushforward/runs/training.h"

namespace pushforward::detection {
namespace {

class Unseen : public ImageFolder {
 protected:
  /// A flow on the 60 training images of the set, or on other DATA.
  Config flow(const std::vector<std::string>& settings = {}) const {
    auto config = Config::parse(
        "[model]\ncouplings = 2\nhidden = 4\n[data]\nvalidation = 0.5\n[train]\nepochs = 1\nbatch = 16\n",
        "tiny");
    config.set("data.name", set);
    for (const auto& setting : settings) config.set(setting);
    return config;
  }
  static Part part(const std::string& name, const Config& config) { return {"run", name, config, {}}; }

  std::string set = write_stripes();
};

TEST_F(Unseen, AShareIsHeldOut) {
  const auto all = models::load_examples(set);
  for (const auto& [share, held] : {std::pair{0.2, 12u}, {0.0, 0u}, {0.9, 54u}}) {
    auto config = flow();
    config.set("data.validation", share);
    const auto [trained, held_out] = divide(config, all);
    EXPECT_EQ(held_out.rows.size(), held);
    EXPECT_EQ(trained.rows.size(), 60 - held);
    std::set<std::int64_t> rows(trained.rows.begin(), trained.rows.end());
    rows.insert(held_out.rows.begin(), held_out.rows.end());
    EXPECT_EQ(rows.size(), 60u) << "every image is in one part";
    const auto chosen = held_out.chosen();
    EXPECT_EQ(chosen.name, set + ":train");
    for (std::size_t i = 0; i < held; ++i) {
      const auto row = static_cast<std::int64_t>(i);
      EXPECT_TRUE(identical(chosen.values[row], all.values[held_out.rows[i]]));
      EXPECT_EQ(chosen.labels[row].item<std::int64_t>(), held_out.rows[i] % 3);
    }
  }
}

TEST_F(Unseen, AShareOfTheRestIsTrainedOn) {
  const auto all = models::load_examples(set);
  const auto whole = divide(flow({"data.validation=0.2"}), all),
             part = divide(flow({"data.validation=0.2", "data.share=0.25"}), all);
  EXPECT_EQ(part.held_out.rows, whole.held_out.rows);
  EXPECT_EQ(part.trained.rows.size(), 12u);
  EXPECT_TRUE(std::ranges::equal(part.trained.rows, std::span(whole.trained.rows).first(12)));
  EXPECT_EQ(divide(flow({"data.held_out=test", "data.share=0.01"}), all).trained.rows.size(), 1u);
}

TEST_F(Unseen, OrTheTestSplitIs) {
  auto config = flow({"data.held_out=test"});
  const auto [trained, held_out] = divide(config, models::load_examples(set));
  EXPECT_EQ(trained.rows.size(), 60u) << "data.validation is of no account";
  EXPECT_EQ(held_out.set.name, set + ":test");
  EXPECT_TRUE(identical(held_out.chosen().values, models::load_examples(set + ":test").values));

  const auto file = write<std::uint8_t>("single.npy", noise(20, 1, 16, 1));
  config.set("data.name", file);
  const auto single = divide(config, models::load_examples(file));
  EXPECT_EQ(single.trained.rows.size(), 20u);
  EXPECT_TRUE(single.held_out.rows.empty()) << "a file has no test split";
  EXPECT_EQ(single.held_out.chosen().values.size(0), 0);
}

TEST_F(Unseen, CompanionsHaveSeenWhatTheyWereTrainedOn) {
  const auto all = models::load_examples(set);
  auto config = flow();
  const auto held_out = divide(config, all).held_out;
  const auto other = flow({"train.seed=1"}),
             mutated = flow({"data.name=\"" + set + ":train+mutate\"", "train.seed=1"});
  const auto whole = flow({"data.held_out=test"}), elsewhere = flow({"data.name=\"" + set + ":test\""});
  const auto left = [&](const std::vector<Part>& parts) { return unseen(held_out, parts).rows; };

  EXPECT_EQ(left({part("itself", config)}), held_out.rows);
  EXPECT_EQ(left({part("elsewhere", elsewhere)}), held_out.rows);
  EXPECT_TRUE(left({part("whole", whole)}).empty());
  const auto theirs = divide(other, all).held_out.rows;
  std::vector<std::int64_t> both;
  for (const auto row : held_out.rows)
    if (std::ranges::count(theirs, row) > 0) both.push_back(row);
  EXPECT_GT(both.size(), 0u);
  EXPECT_LT(both.size(), 30u);
  EXPECT_EQ(left({part("other", other)}), both) << "in the order in which they were";
  EXPECT_EQ(left({part("mutated", mutated)}), both) << "perturbed, they are the same images";

  const std::vector<Part> parts{part("itself", config), part("whole", whole), part("elsewhere", elsewhere)};
  EXPECT_EQ(trained_on(held_out, parts), std::vector<std::string>{"whole"});
  EXPECT_EQ(trained_on(all_of(all), parts), (std::vector<std::string>{"itself", "whole"}));
  EXPECT_EQ(trained_on(all_of(models::load_examples(set + ":test")), parts),
            std::vector<std::string>{"elsewhere"});
}

TEST_F(Unseen, ARunThatHoldsOutTheTestSplitIsCalibratedOnThat) {
  runs::train_run(flow({"data.held_out=test"}), folder / "run");
  const auto run = models::Run::open(folder / "run");
  CalibratedDetector::Options options{.detector = "likelihood", .false_positive_rate = 0.1, .data = {}};
  const auto detector = CalibratedDetector::of_run(run, options);
  for (const auto& seen : {detector.fitted_on(), detector.calibrated_on()}) {
    EXPECT_EQ(seen.data, set + ":test");
    EXPECT_EQ(seen.images, 15);
  }
  // Half of the test images at random, not those that come first in the file.
  const auto scores = detector.score(models::load_examples(set + ":test").values);
  std::set<std::int64_t> rows;
  for (const auto kept : detector.calibration().held_out())
    for (std::size_t i = 0; i < scores.size(); ++i)
      if (std::abs(scores[i] - kept) < 1e-2) rows.insert(static_cast<std::int64_t>(i));
  EXPECT_EQ(rows.size(), 15u);
  EXPECT_GT(*rows.rbegin() - *rows.begin(), 15);

  for (const auto* spec : {"", ":train", "+noise"}) {
    options.data = set + spec;
    expect_contains(message([&] { CalibratedDetector::of_run(run, options); }),
                    {"--data " + set + ":train", "seen in training by " + path("run")});
  }
  options.data = set + ":test";
  expect_says([&] { CalibratedDetector::of_run(run, options); }, "the run held it out, so leave --data out");
  options.data = write<std::uint8_t>("fresh.npy", noise(20, 1, 16, 1));
  EXPECT_EQ(CalibratedDetector::of_run(run, options).fitted_on().images, 30);
}

TEST_F(Unseen, DetectorsAreNotFittedOnTheImagesTheyAreJudgedBy) {
  runs::train_run(flow({"data.held_out=test"}), folder / "run");
  const auto run = models::Run::open(folder / "run");
  const auto out = write<std::uint8_t>("out.npy", noise(20, 1, 16, 1, 200)),
             in = write<std::uint8_t>("in.npy", noise(20, 1, 16, 2));
  const auto fitted_on = [&](const std::string& familiar) {
    return ood_study(run, {}, familiar, {out}, {"typicality"}).fitted_on;
  };
  EXPECT_EQ(fitted_on(in), "30 of " + set + ":test");
  EXPECT_EQ(fitted_on(set + ":test"),
            fmt::format("60 of {}:train, some of them seen in training by {}", set, path("run")));
}

TEST_F(Unseen, ARunKnowsItsData) {
  const auto file = write<std::uint8_t>("real.npy", noise(20, 1, 16, 1));
  const auto config = flow({"data.name=" + file, "data.validation=0.5"});
  runs::train_run(config, folder / "run");
  const auto run = models::Run::open(folder / "run");
  ASSERT_TRUE(run.data);
  EXPECT_EQ(run.data->set.examples, 20);
  EXPECT_EQ(run.data->set.path, std::filesystem::canonical(file).string());
  EXPECT_FALSE(run.data->test);
  EXPECT_EQ(divide(run).held_out.rows.size(), 10u);
  EXPECT_FALSE(
      CalibratedDetector::of_run(run, {.detector = "likelihood", .false_positive_rate = 0.3}).by_name());
  const auto expect_refused = [&](const std::string& what) {
    const auto text =
        fmt::format("{} was trained on 20 examples of {}, now {}: restore them, or train another run",
                    path("run"), run.data->set.path, what);
    expect_says([&] { divide(run); }, text);
    expect_says(
        [&] { CalibratedDetector::of_run(run, {.detector = "likelihood", .false_positive_rate = 0.3}); },
        text);
    expect_says([&] { ood_study(run, {}, file, {set + ":test"}, {"likelihood"}); }, text);
    expect_says([&] { runs::resume_run(folder / "run", {"train.epochs=2"}); }, text);
  };
  write<std::uint8_t>("real.npy", noise(21, 1, 16, 1));
  expect_refused(fmt::format("there are 21 examples of {}", run.data->set.path));
  write<std::uint8_t>("real.npy", noise(20, 1, 16, 2));
  expect_refused(fmt::format("what {} holds is other than it was", run.data->set.path));
  write<std::uint8_t>("real.npy", noise(20, 1, 16, 1));
  runs::resume_run(folder / "run", {"train.epochs=2"});
}

TEST_F(Unseen, TheTestSplitThatWasHeldOutIsKnownToo) {
  runs::train_run(flow({"data.held_out=test"}), folder / "run");
  const auto run = models::Run::open(folder / "run");
  ASSERT_TRUE(run.data->test);
  EXPECT_EQ(run.data->test->examples, 30);
  write_idx("set/t10k-images-idx3-ubyte", noise(30, 1, 16, 9).squeeze(1));
  expect_says([&] { divide(run); }, "was trained on 30 examples of");
  expect_says([&] { runs::resume_run(folder / "run", {"train.epochs=2"}); },
              "the test split that it held out");
}

TEST_F(Unseen, CopiesAreTheSameImages) {
  const auto all = noise(40, 1, 16, 1);
  const auto file = write<std::uint8_t>("real.npy", all);
  runs::train_run(flow({"data.name=" + file, "data.validation=0.5"}), folder / "run");
  const auto run = models::Run::open(folder / "run");
  CalibratedDetector::Options options{.detector = "likelihood", .false_positive_rate = 0.2};
  options.data = write<std::uint8_t>("copy.npy", all);
  expect_says([&] { CalibratedDetector::of_run(run, options); }, "seen in training by " + path("run"));

  const auto trained = divide(run).trained.chosen().values, fresh = noise(10, 1, 16, 2);
  options.data = write<std::uint8_t>("some.npy", at::cat({trained.slice(0, 0, 5), fresh}));
  EXPECT_EQ(CalibratedDetector::of_run(run, options).calibrated_on().images, 10) << "5 were trained on";
  options.data = write<std::uint8_t>("seen.npy", trained.slice(0, 0, 8));
  expect_says([&] { CalibratedDetector::of_run(run, options); },
              "all its 8 images are among those that the run");

  std::filesystem::remove(run.folder.data());  // as in a run by version 0.1.0
  options.data = path("some.npy");
  EXPECT_TRUE(CalibratedDetector::of_run(models::Run::open(folder / "run"), options).by_name());
}

}  // namespace
}  // namespace pushforward::detection
