// Features of images, from runs, from TorchScript, from the pixels.
#include "pushforward/evaluation/extractor.h"

#include "tests/models/images.h"
#include <torch/script.h>

#include "pushforward/core/random.h"
#include "pushforward/data/loader.h"
#include "pushforward/data/resize.h"
#include "pushforward/evaluation/evaluation.h"
#include "pushforward/models/image_size.h"
#include "pushforward/models/run.h"
#include "pushforward/report/grid.h"
#include "pushforward/runs/fid_monitor.h"
#include "pushforward/runs/training.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::evaluation {
namespace {

class Extractors : public ImageFolder {
 protected:
  /// A module whose forward is `body`, with a weight [3, 4].
  std::string script(const std::string& name, const std::string& body, std::uint64_t seed = 1) const {
    torch::jit::Module module("test");
    module.register_parameter("weight", normal({3, 4}, seed), false);
    module.define(body);
    module.save(path(name));
    return path(name);
  }

  std::string train_classifier(const std::string& name, int seed = 0) const {
    auto config = Config::parse(
        "[model]\nkind = \"classifier\"\nfilters = 4\n[data]\nheld_out = \"test\"\n"
        "[train]\nepochs = 1\nbatch = 16\n",
        "tiny");
    config.set("data.name", write_stripes());
    config.set("train.seed", std::int64_t{seed});
    runs::train_run(config, folder / name);
    return path(name);
  }
};

/// Means of the four quarters of an image as features, logits made of them.
const char* plain = R"(
def forward(self, x):
    features = torch.adaptive_avg_pool2d(x.mean([1], True), [2, 2]).flatten(1)
    return features, torch.matmul(features, self.weight.t())
)";

/// As the published Inception is called; types by their numbers, 0 being uint8 and 6 float32.
const char* inception = R"(
def forward(self, img, return_features: bool = False, use_fp16: bool = False, no_output_bias: bool = False):
    assert img.dtype == 0
    assert img.size(1) == 3
    features = torch.adaptive_avg_pool2d(img.to(6).mean([1], True), [2, 2]).flatten(1)
    if return_features:
        return features
    logits = torch.matmul(features, self.weight.t()) / 1000.0
    if not no_output_bias:
        logits = logits + 1.0
    return torch.softmax(logits, 1)
)";

at::Tensor quarters(const at::Tensor& images) {
  return at::adaptive_avg_pool2d(images.to(at::kFloat).mean(at::IntArrayRef{1}, true), {2, 2}).flatten(1);
}

TEST_F(Extractors, APlainModuleIsReproducedExactly) {
  const auto extractor = open_extractor(script("m.pt", plain));
  const auto images = noise(130, 1, 8, 1);  // three batches
  const auto [features, logits] = extractor->extract(images, "images", true);
  EXPECT_EQ(features.scalar_type(), at::kFloat);
  const auto expected = at::adaptive_avg_pool2d(images.to(at::kFloat) / 255, {2, 2}).flatten(1);
  EXPECT_TRUE(identical(features, expected));
  EXPECT_LT(difference(logits, expected.matmul(normal({3, 4}, 1).t())), 1e-6);
}

TEST_F(Extractors, AModuleMayReturnFeaturesAlone) {
  const auto extractor =
      open_extractor(script("m.pt", "def forward(self, x):\n    return x[:, :, :2, :2] * 2\n"), "plain");
  const auto images = noise(5, 3, 8, 1);
  const auto [features, logits] = extractor->extract(images, "images", true);
  EXPECT_FALSE(logits.defined());
  EXPECT_TRUE(identical(features, (images.slice(2, 0, 2).slice(3, 0, 2).to(at::kFloat) / 255 * 2).flatten(1)))
      << "more than two dimensions are made two";
}

TEST_F(Extractors, WhateverSizeAModelHasItsSamplesAreComparedWithTheImagesAsTheyAre) {
  auto config = Config::parse(
      "[model]\nkind = \"gan\"\nlatent = 2\nfilters = 2\n[train]\nepochs = 1\nbatch = 32\nfid_every = 1\n"
      "[data]\nheld_out = \"test\"\nresize = 32\n",
      "tiny");
  const auto quarters_of = script("m.pt", plain);
  config.set("train.fid_features", quarters_of);
  config.set("data.name", write_stripes());
  runs::train_run(config, folder / "run");
  const auto run = models::Run::open(folder / "run");
  const auto measured = train::read_metrics(run.folder.metrics()).back()["measured"]["fid"].get<double>();
  const runs::FidMonitor monitor(*models::test_split(path("set"), 0), run.shape(), quarters_of);
  const auto again = monitor.measure(*run.model.training.make(), nn::generator(stream_key(0, "fid", 1)));
  EXPECT_NEAR(again[0].second, measured, 1e-6 * measured);
}

TEST_F(Extractors, TheInceptionConventionGivesBytesInColour) {
  const auto file = script("m.pt", inception);
  const auto gray = noise(20, 1, 8, 1);
  const auto inside = open_extractor(file, "inception");
  const auto [features, logits] = inside->extract(gray, "images", true);
  EXPECT_LT(difference(features, quarters(gray)), 1e-6);
  const auto probabilities = at::softmax(quarters(gray).matmul(normal({3, 4}, 1).t()) / 1000.0, 1);
  EXPECT_LT(difference(logits.exp(), probabilities), 1e-5) << "without the bias";
  EXPECT_FALSE(inside->extract(gray, "images", false).logits.defined()) << "nobody asked";

  const auto outside = open_extractor(file, "inception-299");
  EXPECT_LT(
      difference(outside->extract(gray, "images", false).features, quarters(models::resized(gray, 299, 299))),
      1e-6);
  EXPECT_NE(outside->name(), inside->name()) << "values are not comparable";
}

/// Every 28th pixel of every channel, which shows what the module was given.
const char* some_pixels = "def forward(self, x):\n    return x[:, :, ::28, ::28].flatten(1)\n";

at::Tensor standardised(const at::Tensor& images, at::ArrayRef<float> mean, at::ArrayRef<float> deviation) {
  const auto x = images.expand({-1, 3, -1, -1}).to(at::kFloat) / 255;
  const auto y = (x - at::tensor(mean).view({3, 1, 1})) / at::tensor(deviation).view({3, 1, 1});
  return y.slice(2, 0, at::nullopt, 28).slice(3, 0, at::nullopt, 28).flatten(1);
}

TEST_F(Extractors, EncodersAreGivenStandardisedColoursOfTheirSize) {
  const auto file = script("encoder.pt", some_pixels);
  for (const std::int64_t channels : {1, 3})
    for (const std::int64_t side : {32, 400}) {
      const auto images = noise(9, channels, side, 1);
      const auto dinov2 = open_extractor(file, "dinov2"), clip = open_extractor(file, "clip");
      const auto by = [&](std::int64_t to) {
        return models::resized(images, to, to, data::ResizeMode::clean);
      };
      EXPECT_LT(difference(dinov2->extract(images, "images", false).features,
                           standardised(by(224), {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225})),
                1e-6);
      const auto embedded =
          standardised(by(336), {0.48145466, 0.4578275, 0.40821073}, {0.26862954, 0.26130258, 0.27577711});
      const auto found = clip->extract(images, "images", false).features;
      EXPECT_LT(difference(found, embedded / embedded.norm(2, 1, true)), 1e-6);
      EXPECT_LT(difference(found.norm(2, 1), at::ones({9})), 1e-6);
      EXPECT_EQ(dinov2->size(), std::pair(std::int64_t{224}, std::int64_t{224}));
      EXPECT_EQ(dinov2->resize_mode(), data::ResizeMode::clean);
      EXPECT_NE(dinov2->name(), clip->name());
    }
}

TEST_F(Extractors, PicturesOfManySizesAreResizedAsTheEncoderWould) {
  const auto file = script("encoder.pt", some_pixels);
  std::filesystem::create_directories(folder / "pictures");
  std::vector<at::Tensor> expected;
  for (const std::int64_t side : {40, 90, 230}) {
    const auto image = noise(1, 3, side, 1);
    const auto bytes = image.permute({0, 2, 3, 1}).contiguous();
    report::Image picture{
        .width = static_cast<int>(side), .height = static_cast<int>(side), .channels = 3, .pixels = {}};
    picture.pixels.assign(bytes.data_ptr<std::uint8_t>(), bytes.data_ptr<std::uint8_t>() + bytes.numel());
    report::write_png(folder / fmt::format("pictures/{:03}.png", side), picture);
    expected.push_back(open_extractor(file, "dinov2")->extract(image, "image", false).features);
  }
  Sides sides({.features = file, .convention = "dinov2"});
  EXPECT_TRUE(identical(sides.load(path("pictures"), 0, false).features, at::cat(expected)));
}

TEST_F(Extractors, AnEncoderHasItsOwnModeOfResizing) {
  const auto file = script("encoder.pt", some_pixels);
  const auto usual = open_extractor(file, "dinov2");
  EXPECT_EQ(usual->name().find("clean"), std::string::npos) << "nothing else is meant by dinov2";
  EXPECT_EQ(open_extractor(file, "dinov2", data::ResizeMode::clean)->name(), usual->name());
  expect_says([&] { open_extractor(file, "clip", data::ResizeMode::legacy_pytorch); },
              "--resize-mode legacy_pytorch: the convention clip resizes by clean");
}

TEST_F(Extractors, NamesTellContentsApart) {
  const auto first = open_extractor(script("a.pt", plain, 1))->name();
  std::filesystem::copy_file(path("a.pt"), path("copy.pt"));
  EXPECT_EQ(open_extractor(path("copy.pt"))->name(), first);
  EXPECT_NE(open_extractor(script("b.pt", plain, 2))->name(), first);

  const auto run = train_classifier("run"), twin = train_classifier("twin"),
             other = train_classifier("other", 1);
  EXPECT_EQ(open_extractor(run)->name(), open_extractor(twin)->name()) << "the same weights";
  EXPECT_NE(open_extractor(run)->name(), open_extractor(other)->name());
  EXPECT_TRUE(open_extractor(run)->name().starts_with("classifier "));
}

TEST_F(Extractors, AClassifiersRunTakesImagesOfOtherSizes) {
  const auto run = train_classifier("run");
  const auto extractor = open_extractor(run);
  const auto large = noise(6, 1, 40, 1);
  const auto small = models::resized(large, 16, 16);
  EXPECT_EQ(small.sizes(), (std::vector<std::int64_t>{6, 1, 16, 16}));
  const auto [features, logits] = extractor->extract(large, "images", true);
  const auto opened = models::Run::open(run);
  const auto model = opened.model.outputs;
  EXPECT_TRUE(identical(features, model.features(small)));
  EXPECT_TRUE(identical(logits, model.logits(small)));
  expect_says([&] { extractor->extract(noise(6, 3, 16, 1), "photos", false); },
              "photos has images of 3 channels, classifier");
}

TEST_F(Extractors, PixelsAreComparedAtOneSize) {
  const auto extractor = open_extractor("pixels");
  const auto images = noise(4, 1, 3, 1);
  const auto [features, logits] = extractor->extract(images, "a", true);
  EXPECT_TRUE(identical(features, images.flatten(1).to(at::kFloat) / 255));
  EXPECT_FALSE(logits.defined());
  expect_says([&] { extractor->extract(noise(4, 1, 5, 1), "b", false); },
              "b has images of 1×5×5, the ones before of 1×3×3");
}

TEST_F(Extractors, SayWhatIsWrongWithAModule) {
  const auto images = noise(4, 1, 8, 1);
  const auto extract = [&](const std::string& body, const std::string& convention = "plain") {
    return message(
        [&] { open_extractor(script("bad.pt", body), convention)->extract(images, "images", false); });
  };
  expect_contains(extract("def forward(self, x):\n    return x.sum()\n"),
                  {"bad.pt: expected features [N, d], or a tuple", "found a tensor of Float []"});
  expect_contains(extract("def forward(self, x):\n    return x.flatten(1).t()\n"),
                  {"found a tensor of Float [64, 4]"});
  expect_contains(extract("def forward(self, x):\n    return \"words\"\n"), {"found String"});
  expect_contains(extract("def forward(self, x):\n    return x, x, x\n"), {"found a tuple of 3"});
  expect_contains(extract("def forward(self, x):\n    return x.view([7])\n"),
                  {"bad.pt refuses images, images [4, 1, 8, 8] by the convention plain"});
  expect_contains(extract("def forward(self, x):\n    return x\n", "inception"),
                  {"by the convention inception", "return_features"});
  expect_says([&] { open_extractor(script("m.pt", plain), "incepton"); }, "did you mean inception?");
  write_file(path("words.pt"), "these are words");
  expect_says([&] { open_extractor(path("words.pt")); }, "words.pt: expected a TorchScript module");
  expect_says([&] { open_extractor(path("missing.pt")); }, "missing.pt: no such file");
}

TEST_F(Extractors, SayWhatThereIsToChoose) {
  std::filesystem::current_path(folder);
  expect_says([] { open_extractor(""); }, "pushforward train classifier");
  expect_says([] { open_extractor("pixls"); }, "--features pixls: expected the run of a classifier");
  expect_says([] { open_extractor("pixels", "plain"); }, "--convention plain is for TorchScript modules");
  std::filesystem::create_directories("runs");
  std::filesystem::rename(train_classifier("run"), "runs/classifier");
  EXPECT_TRUE(open_extractor("")->name().starts_with("classifier "));
  auto flow = Config::parse("[model]\ncouplings = 2\nhidden = 4\n[train]\nepochs = 1\n", "tiny");
  flow.set("data.name", path("set"));
  runs::train_run(flow, "flow");
  expect_says([] { open_extractor("flow"); }, "flow: its realnvp has no features");
  std::filesystem::current_path("/");
}

}  // namespace
}  // namespace pushforward::evaluation
