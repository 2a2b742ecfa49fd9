// Spline couplings and masked autoregressive flows as runs, of images and of points.
#include "tests/expect.h"
#include "tests/models/scratch.h"

#include <cmath>

#include "pushforward/core/file.h"
#include "pushforward/models/exchange.h"
#include "pushforward/models/presets.h"
#include "pushforward/models/round_trip.h"
#include "pushforward/runs/report.h"
#include "pushforward/runs/training.h"

namespace pushforward::runs {
namespace {

struct DenseFlow {
  const char* name;
  const char* model;  // lines of [model]
};

constexpr DenseFlow dense_flows[] = {
    {"Spline", "kind = \"spline\"\ncouplings = 2\nhidden = 8\n"},
    {"SplineRealNvp", "kind = \"realnvp\"\ncoupling = \"spline\"\ncouplings = 2\nhidden = 8\n"},
    {"Maf", "kind = \"maf\"\nlayers = 2\nhidden = 8\norder = \"random\"\n"},
    {"SplineMaf", "kind = \"maf\"\nlayers = 2\nhidden = 8\nhidden_layers = 2\ntransformer = \"spline\"\n"},
    {"Iaf", "kind = \"maf\"\nlayers = 2\nhidden = 8\nparallel = \"sampling\"\n"}};

class DenseFlows : public Scratch, public ::testing::WithParamInterface<DenseFlow> {
 protected:
  Config tiny(const std::string& more = "") const {
    auto config = Config::parse(
        fmt::format("[model]\n{}{}[train]\nepochs = 3\nbatch = 16\n", GetParam().model, more), "tiny");
    config.set("data.name", path("in.npy"));
    return config;
  }
  models::Run trained(const Config& config, const char* name = "run") const {
    train_run(config, folder / name);
    return models::Run::open(folder / name);
  }
  static bool all_finite(const std::vector<double>& values) {
    return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
  }
};

TEST_P(DenseFlows, LearnImagesInBitsPerDim) {
  const auto run = trained(tiny("dequantize = true\nlogit_alpha = 0.05\n"));
  const auto images = run.load(path("in.npy"));
  EXPECT_TRUE(all_finite(run.model.outputs.log_prob(images)));
  EXPECT_TRUE(run.model.density->likelihood.dequantized);
  EXPECT_EQ(run.model.sampler->sample(5, {}, nn::generator(1)).sizes(), (at::IntArrayRef{5, 6}));
  EXPECT_TRUE(fs::exists(run.folder.samples() / "epoch_003.png"));
  EXPECT_LT(models::round_trip(*run.model.density, images).float64, 1e-7)
      << "that of pixels k/255 in float32";
}

TEST_P(DenseFlows, StoppedTheyContinueBitForBit) {
  trained(tiny(), "whole");
  for (const int stop : {1, 2}) {
    auto once = tiny();
    once.set("train.epochs", std::int64_t{stop});
    const auto name = fmt::format("stopped{}", stop);
    trained(once, name.c_str());
    resume_run(folder / name, {"train.epochs=3"});
    for (const char* file : {"checkpoints/last.safetensors", "checkpoints/best.safetensors"})
      EXPECT_EQ(read_file(folder / "whole" / file), read_file(folder / name / file)) << stop << " " << file;
  }
}

TEST_P(DenseFlows, ExportedWeightsImportTheSame) {
  const auto run = trained(tiny());
  models::export_run(run, folder / "w.safetensors");
  auto config = tiny();
  for (const char* setting : {"model.height=2", "model.width=3", "train.seed=9"}) config.set(setting);
  models::import_run(config, folder / "w.safetensors", folder / "imported");
  const auto images = run.load(path("in.npy"));
  EXPECT_EQ(models::Run::open(folder / "imported").model.outputs.log_prob(images),
            run.model.outputs.log_prob(images));
}

TEST_P(DenseFlows, DrawTheirDensityOfPointsInThePlane) {
  auto config = tiny();
  for (const char* setting :
       {"data.name=two-moons", "data.held_out=test", "train.batch=5000", "train.epochs=1"})
    config.set(setting);
  const auto run = trained(config);
  EXPECT_EQ(run.model.density->likelihood.of, "points");
  EXPECT_TRUE(all_finite(run.model.outputs.log_prob(run.load("two-moons:test"))));
  EXPECT_TRUE(fs::exists(run.folder.samples() / "epoch_001.png"));
  EXPECT_NE(read_file(write_report(run)).find("and the density"), std::string::npos);
}

TEST_P(DenseFlows, RefuseWhatTheyCannotTrain) {
  const auto refuses = [&](const std::string& setting, const std::string& words) {
    auto config = tiny();
    config.set(setting);
    expect_usage([&] { train_run(config, folder / "refused"); }, words);
    EXPECT_FALSE(fs::exists(folder / "refused")) << setting;
  };
  refuses("model.hidden=0", "model.hidden");
  refuses("model.hiden=4", "did you mean model.hidden?");
  refuses("model.logit_alpha=0.5", "model.logit_alpha");
  const std::string kind = models::make_model(tiny()).name;
  if (kind == "maf") {
    refuses("model.layers=0", "model.layers");
    refuses("model.transformer=splin", "did you mean spline?");
    refuses("model.parallel=both", "model.parallel");
    refuses("model.order=up", "model.order");
  } else {
    refuses("model.couplings=0", "model.couplings");
  }
  auto points = tiny("dequantize = true\n");
  points.set("data.name=two-moons");
  expect_usage([&] { train_run(points, folder / "refused"); }, "are for pixels, the data are points");
}

TEST_P(DenseFlows, OfOneNumberAreAutoregressiveAlone) {
  auto config = tiny();
  config.set("model.dims=1");
  const bool autoregressive = config.get_choice("model.kind", "maf", {"maf", "spline", "realnvp"}) == "maf";
  if (!autoregressive) return expect_usage([&] { models::make_model(config); }, "at least 2 dimensions");
  const auto model = models::make_model(config);
  const auto x = at::linspace(-3, 3, 50).unsqueeze(1);
  EXPECT_TRUE(all_finite(model.outputs.log_prob(x)));
  EXPECT_EQ(model.sampler->sample(4, {}, nn::generator(1)).sizes(), (at::IntArrayRef{4, 1}));
}

INSTANTIATE_TEST_SUITE_P(Runs, DenseFlows, ::testing::ValuesIn(dense_flows),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace pushforward::runs
