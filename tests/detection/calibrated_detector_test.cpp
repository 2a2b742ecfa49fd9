// A detector that is kept in a file, and what it says of images as they come.
#include "pushforward/detection/calibrated_detector.h"

#include "tests/expect.h"
#include "tests/models/scratch.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/file.h"
#include "pushforward/detection/judge.h"
#include "pushforward/detection/unseen.h"
#include "pushforward/runs/training.h"

namespace pushforward::detection {
namespace {

class Calibrated : public Scratch {
 protected:
  Calibrated() { write_images("more.npy", 200, 0); }

  models::Run trained(const std::string& name = "run", const std::vector<std::string>& settings = {}) const {
    auto config = Config::parse(
        "[model]\ncouplings = 2\nhidden = 4\n[data]\nvalidation = 0.5\n[train]\nepochs = 1\nbatch = 16\n",
        "tiny");
    config.set("data.name", path("more.npy"));
    for (const auto& setting : settings) config.set(setting);
    runs::train_run(config, folder / name);
    return models::Run::open(folder / name);
  }
  CalibratedDetector calibrated(const std::string& detector = "likelihood") const {
    return CalibratedDetector::of_run(trained(),
                                      {.detector = detector, .false_positive_rate = 0.1, .data = {}});
  }
  at::Tensor images(const std::string& name) const { return models::load_examples(path(name)).values; }
  static void expect_calibrated_on(const CalibratedDetector& detector, const at::Tensor& images) {
    auto scores = detector.score(images);
    std::ranges::sort(scores);
    const auto kept = detector.calibration().held_out();
    ASSERT_EQ(scores.size(), kept.size());
    for (std::size_t i = 0; i < scores.size(); ++i) EXPECT_NEAR(scores[i], kept[i], 1e-4);
  }
  std::string saved(const std::string& detector = "likelihood") const {
    calibrated(detector).save(folder / "d.pf");
    return path("d.pf");
  }
};

TEST_F(Calibrated, WhatItIsCalibratedOnWasSeenByNoOne) {
  const auto run = trained();
  const auto detector =
      CalibratedDetector::of_run(run, {.detector = "typicality", .false_positive_rate = 0.1, .data = {}});
  EXPECT_EQ(detector.fitted_on().images, 50) << "100 were held out";
  EXPECT_EQ(detector.calibrated_on().images, 50);
  expect_calibrated_on(detector, divide(run).held_out.chosen().values.slice(0, 50));

  const auto fresh = CalibratedDetector::of_run(
      run, {.detector = "typicality", .false_positive_rate = 0.1, .data = path("in.npy")});
  EXPECT_EQ(fresh.fitted_on().images, 100);
  EXPECT_EQ(fresh.calibrated_on().images, 50);
  EXPECT_EQ(fresh.calibrated_on().data, path("in.npy"));
}

TEST_F(Calibrated, NoCompanionHasSeenWhatItIsCalibratedOn) {
  const auto run = trained();
  const Companions ensemble{.ensemble = {trained("second", {"train.seed=1"}).folder.path(),
                                         trained("third", {"train.seed=2"}).folder.path()}};
  CalibratedDetector::Options options{.detector = "waic", .false_positive_rate = 0.1, .data = {}};
  const auto detector = CalibratedDetector::of_run(run, options, ensemble);
  const auto fresh = unseen(divide(run).held_out, parts_of(run, ensemble));
  EXPECT_GT(fresh.rows.size(), 9u);
  EXPECT_LT(fresh.rows.size(), 50u) << "a quarter of 100";
  expect_calibrated_on(detector, fresh.chosen().values);
  EXPECT_EQ(detector.fitted_on().images, 100 - std::ssize(fresh.rows)) << "the run has not seen these";

  const auto all = trained("all", {"data.validation=0", "train.seed=3"});
  expect_contains(
      message([&] { CalibratedDetector::of_run(run, options, {.ensemble = {all.folder.path()}}); }),
      {"none of the 100 of " + path("more.npy"), "seen in training by " + path("all") + ":", "with --data"});
  options.data = path("in.npy");
  EXPECT_EQ(
      CalibratedDetector::of_run(run, options, {.ensemble = {all.folder.path()}}).calibrated_on().images, 50);
  options.data = path("more.npy");
  expect_says([&] { CalibratedDetector::of_run(run, options, ensemble); },
              fmt::format("--data {}: seen in training by {}, {}, {}, name images that no model has seen",
                          path("more.npy"), path("run"), path("second"), path("third")));
}

TEST_F(Calibrated, AFileIsTheWholeDetector) {
  for (const std::string name : {"likelihood", "typicality"}) {
    const auto detector = calibrated(name);
    detector.save(folder / "d.pf");
    fs::remove_all(folder / "run");  // The file needs nothing else.
    const auto loaded = CalibratedDetector::load(folder / "d.pf");
    EXPECT_EQ(loaded.name(), name);
    EXPECT_EQ(loaded.shape(), (models::Shape{.channels = 1, .height = 2, .width = 3}));
    EXPECT_EQ(loaded.calibration().threshold(), detector.calibration().threshold());
    EXPECT_EQ(loaded.calibration().false_positive_rate(), 0.1);
    EXPECT_EQ(loaded.calibrated_on().data, detector.calibrated_on().data);
    EXPECT_EQ(loaded.score(images("in.npy")), detector.score(images("in.npy")));
    EXPECT_EQ(loaded.score(images("out.npy")), detector.score(images("out.npy")));
    loaded.save(folder / "again.pf");
    EXPECT_EQ(read_file(folder / "again.pf"), read_file(folder / "d.pf"));
  }
}

TEST_F(Calibrated, CompanionsAreInTheFile) {
  const auto run = trained();
  trained("second", {"train.seed=1"});
  trained("third", {"train.seed=2", "model.hidden=5"});
  auto codes =
      Config::parse("[model]\nkind = \"autoencoder\"\nlatent = 2\nhidden = 4\n[train]\nepochs = 1\n", "tiny");
  codes.set("data.name", path("more.npy"));
  codes.set("data.validation=0.5");
  runs::train_run(codes, folder / "codes");
  const Companions companions{.background = folder / "third",
                              .ensemble = {folder / "second", folder / "third"},
                              .autoencoder = folder / "codes"};
  for (const std::string name : {"waic", "likelihood-ratio", "reconstruction"}) {
    const auto detector = CalibratedDetector::of_run(
        run, {.detector = name, .false_positive_rate = 0.1, .data = {}}, companions);
    detector.save(folder / "d.pf");
    EXPECT_EQ(CalibratedDetector::load(folder / "d.pf").score(images("out.npy")),
              detector.score(images("out.npy")))
        << name;
  }
  expect_says([&] { CalibratedDetector::of_run(run, {.detector = "waic"}); }, "an ensemble");
}

TEST_F(Calibrated, AnAveragedRunKeepsItsAverages) {
  const auto run = trained("averaged", {"train.ema=0.9"});
  const auto detector =
      CalibratedDetector::of_run(run, {.detector = "likelihood", .false_positive_rate = 0.1, .data = {}});
  detector.save(folder / "d.pf");
  const auto expected = run.model.outputs.log_prob(images("in.npy"));
  const auto found = CalibratedDetector::load(folder / "d.pf").score(images("in.npy"));
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], -expected[i]);
}

TEST_F(Calibrated, ScoresInThePrecisionThatItWasCalibratedIn) {
  const auto run = trained();
  const CalibratedDetector::Options options{.detector = "likelihood", .false_positive_rate = 0.1, .data = {}};
  const auto x = images("in.npy");
  const auto exact = CalibratedDetector::of_run(run, options);
  std::vector<double> rounded;
  {
    const ops::UsePrecision use(ops::Precision::bfloat16);
    const auto detector = CalibratedDetector::of_run(run, options);
    EXPECT_EQ(detector.precision(), ops::Precision::bfloat16);
    detector.save(folder / "d.pf");
    rounded = detector.score(x);
    EXPECT_EQ(exact.score(x).size(), rounded.size());
    EXPECT_NE(exact.score(x), rounded) << "of float32 it stays, whatever the caller's precision";
  }
  EXPECT_EQ(exact.precision(), ops::Precision::float32);
  const auto loaded = CalibratedDetector::load(folder / "d.pf");
  EXPECT_EQ(loaded.precision(), ops::Precision::bfloat16);
  EXPECT_EQ(loaded.score(x), rounded);
  EXPECT_EQ(ops::precision(), ops::Precision::float32) << "the caller's is as it was";

  const auto file = checkpoint::load(folder / "d.pf");
  auto json = Json::parse(file.metadata.at("pushforward.detector"));
  EXPECT_EQ(json.at("version"), 2) << "a program that knows no precision must not read it";
  json["precision"] = "half";
  checkpoint::save(folder / "half.pf", file.tensors, {{"pushforward.detector", json.dump()}});
  expect_says([&] { CalibratedDetector::load(folder / "half.pf"); }, "found half");
  json["version"] = 1;
  json.erase("precision");
  checkpoint::save(folder / "old.pf", file.tensors, {{"pushforward.detector", json.dump()}});
  EXPECT_EQ(CalibratedDetector::load(folder / "old.pf").precision(), ops::Precision::float32);
}

TEST_F(Calibrated, JudgesImagesAsTheyCome) {
  const auto detector = calibrated();
  write_images("many.npy", 2500, 0);
  std::vector<double> scores;
  std::int64_t foreign = 0;
  const auto seen = detect(detector, path("many.npy"), [&](const Verdict& v) {
    EXPECT_EQ(v.image, std::to_string(scores.size()));
    EXPECT_EQ(v.foreign, v.p_value <= 0.1);
    EXPECT_EQ(v.foreign, v.score > detector.calibration().threshold());
    foreign += v.foreign ? 1 : 0;
    scores.push_back(v.score);
  });
  EXPECT_EQ(seen.images, 2500);
  EXPECT_EQ(seen.foreign, foreign);
  const auto whole = detector.score(images("many.npy"));
  ASSERT_EQ(scores.size(), whole.size());
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_NEAR(scores[i], whole[i], 1e-4);
  const auto out = detect(detector, path("out.npy"), [](const Verdict&) {});
  EXPECT_GT(out.foreign, 15) << "of 20";
}

TEST_F(Calibrated, ThreadsMayShareIt) {
  const auto detector = calibrated();
  const auto x = images("more.npy");
  const auto expected = detector.score(x);
  std::vector<std::vector<double>> found(8);
  std::vector<std::thread> threads;
  for (auto& scores : found)
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) scores = detector.score(x.clone());
    });
  for (auto& thread : threads) thread.join();
  for (const auto& scores : found) EXPECT_EQ(scores, expected);
}

TEST_F(Calibrated, RefusesOtherImages) {
  const auto detector = calibrated();
  expect_says(
      [&] {
        detector.score(at::zeros({2, 1, 3, 3}, at::kByte));
      },
      "expected images of 1×2×3, found 1×3×3");
  expect_says([&] { detector.score(at::zeros({2, 3, 2, 3}, at::kByte)); }, "found 3×2×3");
  expect_says([&] { detector.score(at::zeros({2, 1, 2, 3})); }, "expected images uint8");
  expect_says([&] { detector.score(at::zeros({1, 2, 3}, at::kByte)); }, "expected images uint8 [N, C, H, W]");
  EXPECT_TRUE(detector.score(at::zeros({0, 1, 2, 3}, at::kByte)).empty());
  data::write_npy(folder / "wide.npy",
                  data::NpyArray::of<std::uint8_t>({1, 2, 4}, std::vector<std::uint8_t>(8)));
  expect_says([&] { detect(detector, path("wide.npy"), [](const Verdict&) {}); },
              "expected images of 1×2×3 for this detector, found 1×2×4 from image 0 on");
}

TEST_F(Calibrated, RefusesWhatItCannotPromise) {
  const auto run = trained();
  const auto refuses = [&](CalibratedDetector::Options options, const std::string& words) {
    expect_says([&] { CalibratedDetector::of_run(run, options); }, words);
  };
  refuses({.detector = "likelihood", .false_positive_rate = 0.001, .data = {}},
          "a false-positive rate of 0.001 needs at least 999 held-out images, got 50");
  refuses({.detector = "likelihood", .false_positive_rate = 0, .data = {}}, "between 0 and 1, got 0");
  refuses({.detector = "likelihood", .false_positive_rate = std::nan(""), .data = {}}, "between 0 and 1");
  refuses({.detector = "typicalty", .false_positive_rate = 0.1, .data = {}}, "did you mean typicality?");
  refuses({.detector = "likelihood", .false_positive_rate = 0.1, .data = path("missing.npy")}, "no data set");
  refuses({.detector = "typicality-10", .false_positive_rate = 0.1, .data = {}}, "judges 10 images together");
  write_images("few.npy", 3, 0);
  refuses({.detector = "likelihood", .false_positive_rate = 0.1, .data = path("few.npy")},
          "needs at least 9 held-out images, got 3");
  const auto all = trained("all", {"data.validation=0"});
  expect_says([&] { CalibratedDetector::of_run(all, {.detector = "likelihood"}); },
              "the run held out 0 of its images");
  expect_says([&] { CalibratedDetector::of_images({.detector = "likelihood", .data = path("in.npy")}, 0); },
              "likelihood needs a model");
}

TEST_F(Calibrated, RefusesWhatIsNoDetector) {
  const auto refuses = [&](const fs::path& file, const std::vector<std::string>& words) {
    expect_contains(message([&] { CalibratedDetector::load(file); }), words);
  };
  const auto good = saved();
  const auto bytes = read_file(good);
  refuses(folder / "missing.pf", {"missing.pf"});
  refuses(folder / "run/checkpoints/last.safetensors",
          {"last.safetensors: expected a detector that `pushforward calibrate` made"});
  write_file(folder / "text.pf", "not a detector");
  refuses(folder / "text.pf", {"text.pf"});
  write_file(folder / "empty.pf", "");
  refuses(folder / "empty.pf", {"empty.pf is cut short"});
  for (const double part : {0.1, 0.5, 0.9, 0.99}) {
    write_file(folder / "cut.pf",
               bytes.substr(0, static_cast<std::size_t>(part * static_cast<double>(bytes.size()))));
    refuses(folder / "cut.pf", {"cut.pf"});
  }
  for (std::size_t at = 60; at < bytes.size(); at += bytes.size() / 37) {
    auto flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 4);
    write_file(folder / "flip.pf", flipped);
    refuses(folder / "flip.pf", {"flip.pf"});
  }
}

TEST_F(Calibrated, RefusesADescriptionThatDoesNotFit) {
  const auto file = checkpoint::load(saved("typicality"));
  const auto description = Json::parse(file.metadata.at("pushforward.detector"));
  const auto refuses = [&](const std::function<void(Json&, checkpoint::Tensors&)>& change,
                           const std::string& words) {
    auto json = description;
    auto tensors = file.tensors;
    change(json, tensors);
    checkpoint::save(folder / "bad.pf", tensors, {{"pushforward.detector", json.dump()}});
    expect_contains(message([&] { CalibratedDetector::load(folder / "bad.pf"); }), {"bad.pf", words});
  };
  refuses([](Json& json, auto&) { json["version"] = 2; }, "expected version 1 of the file, found 2");
  refuses([](Json& json, auto&) { json["detector"] = "typicalty"; }, "unknown detector typicalty");
  refuses([](Json& json, auto&) { json.erase("shape"); }, "damaged description");
  refuses([](Json& json, auto&) { json["shape"] = {1, 2, 4}; }, "its model takes 1×2×3, its detector 1×2×4");
  for (const auto& shape :
       {Json{1, 0, 3}, Json{0, 0, 0}, Json{1, 1LL << 40, 3}, Json{1, 2.5, 3}, Json{1, -2, 3}})
    refuses([&](Json& json, auto&) { json["shape"] = shape; }, "expected a ");
  refuses([](Json& json, auto&) { json["resize"] = 1LL << 31; }, "side to resize images to of 0 to 16384");
  refuses([](Json& json, auto&) { json["false_positive_rate"] = 0.001; }, "needs at least 999");
  refuses([](Json& json, auto&) { json["models"] = Json::array(); }, "typicality needs a model");
  refuses([](Json& json,
             auto&) { json["models"][0]["config"] = "[model]\nkind = \"gan\"\nheight = 2\nwidth = 3\n"; },
          "an adversarial model takes square images");
  refuses([](Json&, auto& tensors) { tensors.pop_back(); }, "lacks the scores that it is calibrated by");
  refuses([](Json&, auto& tensors) { tensors.back().second = at::full({50}, std::nan(""), at::kDouble); },
          "is NaN");
  refuses([](Json&, auto& tensors) { tensors.erase(tensors.begin()); },
          "bad.pf: its model is a checkpoint of another model: it lacks the tensor");
  refuses([](Json&, auto& tensors) { tensors.emplace_back("detector.other", at::zeros({1})); },
          "expected the state of a fitted typicality with 1 tensors");
}

TEST_F(Calibrated, RefusesAModelThatItsFileDoesNotHoldBeforeMakingIt) {
  const auto file = checkpoint::load(saved("likelihood"));
  for (const auto* model :
       {"couplings = 1000\nhidden = 65536", "kind = \"autoregressive\"\nhidden = 512\nlayers = 60",
        "kind = \"maf\"\nhidden = 65536\nhidden_layers = 8", "kind = \"glow\"\nhidden = 4096\nlayers = 30",
        "kind = \"residual\"\nhidden = 4096\nblocks = 500", "kind = \"spline\"\nhidden = 30000"}) {
    auto json = Json::parse(file.metadata.at("pushforward.detector"));
    json["shape"] = {1, 16, 16};
    json["models"][0]["config"] = fmt::format("[model]\n{}\nheight = 16\nwidth = 16\n", model);
    checkpoint::save(folder / "large.pf", file.tensors, {{"pushforward.detector", json.dump()}});
    expect_contains(
        message([&] { CalibratedDetector::load(folder / "large.pf"); }),
        {"large.pf", "its configuration describes a model of at least", "bytes of weights, the file"});
  }
}

TEST_F(Calibrated, TakesItsBuffersOnce) {
  const auto detector = calibrated();
  const auto many = images("more.npy").repeat({20, 1, 1, 1});
  const auto scores = detector.score(many);
  const auto bytes = detector.buffered_bytes();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(detector.score(many), scores);
  EXPECT_EQ(detector.buffered_bytes(), bytes);
}

}  // namespace
}  // namespace pushforward::detection
