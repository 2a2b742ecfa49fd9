// Files that earlier versions of the program wrote mean what they meant: tests/fixtures.
#include "tests/models/scratch.h"
#include "tests/ops/tensors.h"

#include <charconv>
#include <sstream>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/file.h"
#include "pushforward/data/loader.h"
#include "pushforward/data/npy.h"
#include "pushforward/detection/calibrated_detector.h"
#include "pushforward/models/exchange.h"
#include "pushforward/models/presets.h"
#include "pushforward/models/run.h"
#include "pushforward/runs/training.h"

namespace pushforward::runs {
namespace {

constexpr double rounding = 1e-4;  // of another processor's kernels

/// A copy of the fixtures, which is the current folder while it lives: configurations name images.npy.
class OldFiles : public Scratch {
 protected:
  OldFiles() {
    fs::copy(fs::path(PUSHFORWARD_TESTS_DIR) / "fixtures" / "0.1.0", folder, fs::copy_options::recursive);
    fs::current_path(folder);
  }
  ~OldFiles() override { fs::current_path(before_); }

  static void expect_log_prob(const models::Run& run, const std::string& expected) {
    const auto found = run.model.outputs.log_prob(run.load("images.npy"));
    const auto numbers = data::read_npy(expected).values<double>();
    ASSERT_EQ(found.size(), 60u);
    ASSERT_EQ(numbers.size(), 60u);
    for (std::size_t i = 0; i < 60; ++i) EXPECT_NEAR(found[i], numbers[i], rounding) << i;
  }

  static void expect_samples(const models::Run& run) {
    const auto array = data::read_npy("gan.npy");
    const auto numbers = array.values<float>();
    const auto expected = at::tensor(numbers).view(array.shape);
    const auto found =
        models::expect_sampler(run.model).sample(4, {}, nn::generator(stream_key(3, "sample")));
    EXPECT_LT(difference(found, expected), rounding);
  }

 private:
  fs::path before_ = fs::current_path();
};

TEST_F(OldFiles, RunsAreScoredAndSampledAsBefore) {
  expect_log_prob(models::Run::open("flow"), "flow.npy");
  expect_log_prob(models::Run::open("latent"), "latent.npy");
  expect_samples(models::Run::open("gan"));
}

TEST_F(OldFiles, ExportedWeightsAreImported) {
  for (const std::string name : {"flow", "latent", "gan"}) {
    auto config = Config::load(folder / name / "config.toml");
    models::import_run(config, name + ".safetensors", "imported-" + name);
  }
  expect_log_prob(models::Run::open("imported-flow"), "flow.npy");
  expect_log_prob(models::Run::open("imported-latent"), "latent.npy");
  expect_samples(models::Run::open("imported-gan"));
}

TEST_F(OldFiles, ARunGoesOnAsItWouldHave) {
  for (const char* empty : {"flow/samples", "flow/plots"})
    fs::create_directories(empty);  // git keeps no such folder
  resume_run("flow", {"train.epochs=3"});
  const auto found = checkpoint::load(folder / "flow/checkpoints/last.safetensors"),
             expected = checkpoint::load("resumed.safetensors");
  ASSERT_EQ(found.tensors.size(), expected.tensors.size());
  for (const auto& [name, tensor] : expected.tensors) {
    ASSERT_NE(found.find(name), nullptr) << name;
    EXPECT_LT(difference(*found.find(name), tensor), rounding) << name;
  }
}

TEST_F(OldFiles, ADetectorSaysWhatItSaid) {
  const auto detector = detection::CalibratedDetector::load("flow.pf");
  const auto scores = detector.score(models::load_examples(std::string("images.npy")).values);
  std::istringstream lines(read_file("verdicts.csv"));
  std::string line;
  std::getline(lines, line);
  ASSERT_EQ(line, "image,score,p_value,foreign");
  for (std::size_t i = 0; i < 60; ++i) {
    ASSERT_TRUE(std::getline(lines, line));
    double image = 0, score = 0, p_value = 0;
    char comma = 0;
    std::istringstream(line) >> image >> comma >> score >> comma >> p_value;
    EXPECT_EQ(image, static_cast<double>(i));
    EXPECT_NEAR(scores[i], score, rounding);
    EXPECT_NEAR(detector.calibration().p_value(score), p_value, 1e-9);
    EXPECT_EQ(line.ends_with("true"), detector.calibration().is_out(score));
  }
}

}  // namespace
}  // namespace pushforward::runs
