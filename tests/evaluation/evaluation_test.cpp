// Sets of images compared.
#include "pushforward/evaluation/evaluation.h"

#include "tests/models/images.h"

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/data/npz.h"
#include "pushforward/evaluation/divergence_study.h"
#include "pushforward/evaluation/sample_source.h"
#include "pushforward/evaluation/statistics.h"
#include "pushforward/metrics/fid.h"
#include "pushforward/models/run.h"
#include "pushforward/runs/fid_monitor.h"
#include "pushforward/runs/training.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::evaluation {
namespace {

class Evaluations : public ImageFolder {
 protected:
  Side side(const std::string& spec, std::uint64_t number = 0) { return sides.load(spec, number, false); }
  std::string features(const std::string& name, const at::Tensor& values) const {
    return write<float>(name, values);
  }

  Sides sides{{.features = "pixels"}};
};

TEST_F(Evaluations, ImagesAreComparedByTheirFeatures) {
  const auto a = noise(50, 1, 3, 1), b = noise(40, 1, 3, 2, 40);
  const auto real = side(write<std::uint8_t>("a.npy", a)), fake = side(write<std::uint8_t>("b.npy", b), 1);
  EXPECT_EQ(real.extractor, "pixels");
  EXPECT_EQ(real.count, 50);
  EXPECT_EQ(fake.dims, 9);
  const auto fid = measure_fid(real, fake);
  const auto expected = metrics::fid(a.flatten(1).to(at::kFloat) / 255, b.flatten(1).to(at::kFloat) / 255);
  EXPECT_EQ(fid.value.value, expected.value);
  EXPECT_EQ(fid.value.low, expected.low);
  EXPECT_EQ(measure_fid(real, real).value.value, 0);
}

TEST_F(Evaluations, TwoDimensionalArraysAreFeatures) {
  const auto a = normal({60, 4}, 1), b = normal({60, 4}, 2) + 1;
  const auto real = side(features("a.npy", a)), fake = side(features("b.npy", b));
  EXPECT_EQ(real.extractor, "values");
  EXPECT_EQ(measure_fid(real, fake).value.value, metrics::fid(a, b).value);
  EXPECT_EQ(measure_prdc(real, fake, 3).size(), 4u);
  const auto images = side(write<std::uint8_t>("images.npy", noise(9, 1, 2, 1)));
  expect_contains(message([&] { expect_comparable(real, images); }),
                  {"a.npy are those of values", "images.npy those of pixels"});
  const auto wide = side(features("wide.npy", normal({9, 5}, 1)));
  expect_says([&] { expect_comparable(real, wide); }, "a.npy has features of 4 dimensions");
}

// Seconds since 1970: float32 knows every 128th of them.
TEST_F(Evaluations, TablesAreComparedInFloat64) {
  const auto a = normal({500, 1}, 1).to(at::kDouble) + 1.7e9, b = a + 1;
  const auto whole = at::arange(50).remainder(3).view({50, 1}) + (std::int64_t{1} << 40);
  const auto distance = [&](const std::string& first, const std::string& second) {
    const auto [x, y] = load_sides(first, second, 0, 0);
    return divergence_study(x, y, {.kinds = {"wasserstein"}}).rows.front().value.value;
  };
  EXPECT_NEAR(distance(write<double>("ta.npy", a), write<double>("tb.npy", b)), 1, 1e-6);
  EXPECT_NEAR(distance(write<std::int64_t>("ia.npy", whole), write<std::int64_t>("ib.npy", whole + 2)), 2,
              1e-6);
  EXPECT_NEAR(measure_fid(side(path("ta.npy")), side(path("tb.npy"))).value.value, 1, 1e-6);
  expect_contains(message([&] { models::load_examples(path("ta.npy")); }),
                  {"float32", "subtract their mean"});
}

TEST_F(Evaluations, SavedStatisticsTakeASidesPlace) {
  const auto real = side(features("a.npy", normal({60, 4}, 1))),
             fake = side(features("b.npy", normal({50, 4}, 2) + 1));
  save_statistics(path("a.safetensors"), real);
  save_statistics(path("b.safetensors"), fake);
  const auto saved = side(path("a.safetensors")), other = side(path("b.safetensors"));
  EXPECT_EQ(saved.count, 60);
  EXPECT_EQ(saved.extractor, "values");
  expect_comparable(saved, fake);
  const double value = measure_fid(real, fake).value.value;
  EXPECT_NEAR(measure_fid(saved, fake).value.value, value, 1e-9 * value);
  EXPECT_NEAR(measure_fid(real, other).value.value, value, 1e-9 * value);
  const auto both = measure_fid(saved, other);
  EXPECT_NEAR(both.value.value, value, 1e-9 * value);
  EXPECT_TRUE(std::isnan(both.value.low)) << "there are no samples to tell from";
  save_statistics(path("again.safetensors"), saved);
  EXPECT_NEAR(measure_fid(side(path("again.safetensors")), fake).value.value, value, 1e-9 * value);
  expect_says([&] { measure_kid(saved, fake, {}); }, "KID takes features one by one");
  expect_says([&] { measure_prdc(saved, fake, 5); }, "holds only their mean and covariance");
  expect_says([&] { save_statistics(path("a.npy"), real); }, "expected a file ending in .safetensors");
}

/// As numpy.savez(path, mu=mean, sigma=covariance) writes it.
template <typename T>
void save_foreign(const std::string& path, const at::Tensor& mean, const at::Tensor& covariance) {
  const auto array = [](const at::Tensor& x) {
    const at::Tensor plain = x.to(c10::CppTypeToScalarType<T>::value).contiguous();
    return data::NpyArray::of<T>(plain.sizes().vec(),
                                 {plain.data_ptr<T>(), static_cast<std::size_t>(plain.numel())});
  };
  data::write_npz(path, {{"mu", array(mean)}, {"sigma", array(covariance)}});
}

TEST_F(Evaluations, StatisticsInArraysKeepWhatTheySay) {
  const auto real = side(write<std::uint8_t>("a.npy", noise(60, 1, 2, 1))),
             fake = side(write<std::uint8_t>("b.npy", noise(50, 1, 2, 2, 60)));
  save_statistics(path("a.npz"), real);
  const auto saved = side(path("a.npz"));
  EXPECT_EQ(saved.count, 60);
  EXPECT_EQ(saved.extractor, "pixels");
  EXPECT_EQ(saved.name, path("a.npz") + " (" + path("a.npy") + ")");
  const double value = measure_fid(real, fake).value.value;
  EXPECT_NEAR(measure_fid(saved, fake).value.value, value, 1e-9 * value);
}

TEST_F(Evaluations, StatisticsOfOtherToolsAreOfTheFeaturesThatAreStated) {
  const auto a = normal({60, 4}, 1);
  const auto statistics = metrics::GaussianStatistics::of(a);
  save_foreign<double>(path("foreign.npz"), statistics.mean(), statistics.covariance());
  const auto images = side(write<std::uint8_t>("b.npy", noise(50, 1, 2, 2))),
             values = side(features("values.npy", normal({50, 4}, 2)));
  const auto stated = side(path("foreign.npz"));  // by the extractor of these sides
  EXPECT_EQ(stated.extractor, "pixels");
  EXPECT_EQ(stated.count, 0) << "nobody knows";
  expect_comparable(stated, images);
  const double value = metrics::fid(a, images.features).value;
  EXPECT_NEAR(measure_fid(stated, images).value.value, value, 1e-9 * value);
  const Evaluation found{.sides = {stated, images}, .values = {measure_fid(stated, images)}, .seed = 0};
  EXPECT_TRUE(to_json(found)["real"]["n"].is_null());
  EXPECT_NE(report::to_text(to_table(found)).find("real: an unknown number of "), std::string::npos);

  const auto nobodys = Sides({}).load(path("foreign.npz"), 0, false);
  EXPECT_EQ(nobodys.extractor, values_name);
  expect_comparable(nobodys, values);
  expect_contains(message([&] { expect_comparable(nobodys, images); }),
                  {"foreign.npz are those of values", "--features says whose a .npz's are"});
  save_statistics(path("stated.npz"), stated);
  const auto kept = Sides({}).load(path("stated.npz"), 0, false);
  EXPECT_EQ(kept.extractor, "pixels");
  EXPECT_EQ(kept.count, 0);
  save_statistics(path("stated.safetensors"), stated);
  EXPECT_EQ(side(path("stated.safetensors")).count, 0);

  save_foreign<float>(path("float.npz"), statistics.mean(), statistics.covariance());
  EXPECT_NEAR(measure_fid(side(path("float.npz")), images).value.value, value, 1e-4 * value);
}

TEST_F(Evaluations, ArraysThatAreNoStatisticsAreRefused) {
  const auto none = at::zeros({4}), square = at::eye(4);
  const auto refused = [&](const at::Tensor& mean, const at::Tensor& covariance) {
    save_foreign<double>(path("bad.npz"), mean, covariance);
    return message([&] { side(path("bad.npz")); });
  };
  expect_contains(refused(none, at::eye(3)),
                  {"bad.npz: ", "mean [D] and a covariance [D, D], got [4] and [3, 3]"});
  expect_contains(refused(none, at::ones({4})), {"got [4] and [4]"});
  expect_contains(refused(square, square), {"got [4, 4] and [4, 4]"});
  expect_contains(refused(none, square + at::arange(4)), {"bad.npz: ", "symmetric"});
  expect_contains(refused(none / 0, square), {"bad.npz: ", "not finite"});
  for (const auto& [name, missing] : {std::pair{"mu", "sigma"}, {"sigma", "mu"}}) {
    const std::vector<double> one{1};
    data::write_npz(path("half.npz"), {{name, data::NpyArray::of<double>({1}, one)}});
    expect_contains(message([&] { side(path("half.npz")); }),
                    {"half.npz: expected statistics, arrays mu [D] and sigma [D, D], found no ", missing});
  }
  write_file(path("cut.npz"), read_file(path("bad.npz")).substr(0, 300));
  expect_contains(message([&] { side(path("cut.npz")); }), {"cut.npz: expected a whole zip"});
}

TEST_F(Evaluations, StatisticsOfAnotherExtractorAreRefused) {
  const auto images = side(write<std::uint8_t>("images.npy", noise(30, 1, 2, 1)));
  save_statistics(path("pixels.safetensors"), images);
  const auto values = side(features("b.npy", normal({50, 4}, 2)));
  expect_contains(message([&] { expect_comparable(side(path("pixels.safetensors")), values); }),
                  {"pixels.safetensors", "those of pixels", "b.npy those of values", "different units"});
  checkpoint::save(path("weights.safetensors"), {{"weight", at::ones({2})}});
  expect_says([&] { side(path("weights.safetensors")); }, "expected statistics that --save-statistics wrote");
  checkpoint::save(path("few.safetensors"),
                   {{"mean", at::zeros({2}, at::kDouble)}, {"covariance", at::eye(2, at::kDouble)}},
                   {{"pushforward.extractor", "pixels"}, {"pushforward.count", "1"}});
  expect_says([&] { side(path("few.safetensors")); }, "at least 2 samples, got 1");
}

TEST_F(Evaluations, RunsAreSampledWithTheSeedThatIsNamed) {
  auto config = Config::parse(
      "[model]\nkind = \"gan\"\nlatent = 3\nfilters = 4\n[train]\nepochs = 1\nbatch = 16\n[data]\nresize = "
      "16\n",
      "tiny");
  config.set("data.name", write_stripes());
  runs::train_run(config, folder / "run");
  const auto drawn = Sides({.n = 12, .seed = 4, .features = "pixels"}).load(path("run"), 1, false);
  EXPECT_EQ(drawn.count, 12);
  EXPECT_NE(drawn.name.find("(last, seed 5)"), std::string::npos) << drawn.name;
  const auto run = models::Run::open(folder / "run");
  const auto x = run.pixels(run.model.sampler->sample(12, {}, nn::generator(stream_key(5, "sample"))));
  EXPECT_TRUE(identical(drawn.features, x.flatten(1).to(at::kFloat) / 255));
  expect_says(
      [&] { Sides({.n = 12, .checkpoint = "best", .features = "pixels"}).load(path("run"), 1, false); },
      "has no best checkpoint");
}

TEST_F(Evaluations, TheReportSaysWhatWasMeasuredWithWhat) {
  const auto a = side(write<std::uint8_t>("a.npy", noise(50, 1, 3, 1))),
             b = side(write<std::uint8_t>("b.npy", noise(40, 1, 3, 2)));
  const Evaluation found{.sides = {a, b}, .values = {measure_fid(a, b)}, .seed = 3};
  const auto json = to_json(found);
  EXPECT_EQ(json["real"]["n"], 50);
  EXPECT_EQ(json["fake"]["n"], 40);
  EXPECT_EQ(json["extractor"], "pixels");
  EXPECT_EQ(json["dims"], 9);
  EXPECT_EQ(json["seed"], 3);
  EXPECT_TRUE(json["values"]["fid"]["low95"].is_number());
  const auto text = report::to_text(to_table(found));
  for (const char* part : {"real: 50 of ", "fake: 40 of ", "features: pixels, 9 dimensions; seed 3", "lower"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
  expect_says([&] { measure_inception_score(a, 10); },
              "the Inception Score takes class probabilities, pixels gives none");
}

TEST_F(Evaluations, SamplesAreMeasuredWhileTheyAreTrained) {
  auto config = Config::parse(
      "[model]\nkind = \"gan\"\nlatent = 2\nfilters = 2\n[train]\nepochs = 4\nbatch = 32\nfid_every = 2\n"
      "fid_features = \"pixels\"\ncheckpoint_seconds = 0\n[data]\nheld_out = \"test\"\n",
      "tiny");
  config.set("data.name", write_stripes());
  runs::train_run(config, folder / "run");
  const auto run = models::Run::open(folder / "run", "best");
  std::vector<double> fid;
  for (const auto& line : train::read_metrics(run.folder.metrics()))
    if (line.contains("train")) {
      EXPECT_EQ(line["measured"].contains("fid"), line["epoch"].get<int>() % 2 == 0) << line;
      if (line["measured"].contains("fid")) fid.push_back(line["measured"]["fid"].get<double>());
    }
  ASSERT_EQ(fid.size(), 2u);
  // The best checkpoint is that of the smallest, and its samples are those that were measured.
  const runs::FidMonitor monitor(*models::test_split(path("set"), 0), run.shape(), "pixels");
  const auto step = run.model.training.make();
  const auto epoch = fid[1] < fid[0] ? 4 : 2;
  const auto again =
      monitor.measure(*step, nn::generator(stream_key(0, "fid", static_cast<std::uint64_t>(epoch))));
  EXPECT_NEAR(again[0].second, std::min(fid[0], fid[1]), 1e-6 * fid[0]);
  EXPECT_TRUE(std::filesystem::exists(run.folder.plots() / "fid.png"));

  // A run that has no values yet may be given them later; one that has keeps its extractor.
  expect_says([&] { runs::resume_run(folder / "run", {"train.fid_features=a.pt"}); },
              "train.fid_features = 'a.pt'");
  auto without = config;
  without.set("train.fid_every=0");
  runs::train_run(without, folder / "later");
  runs::resume_run(folder / "later", {"train.fid_every=1", "train.fid_features=pixels", "train.epochs=5"});
  EXPECT_TRUE(train::read_metrics(folder / "later/metrics.jsonl").back()["measured"].contains("fid"));

  const auto points = Config::parse(
      "[model]\nkind = \"gan\"\n[train]\nfid_every = 1\n[data]\nname = \"25-gaussians\"\n", "points");
  expect_says([&] { runs::train_run(points, folder / "points"); }, "train.fid_every is for images");
  config.set("data.name", path("set"));
  config.set("train.fid_features=missing.pt");
  expect_says([&] { runs::train_run(config, folder / "refused"); }, "missing.pt: no such file");
  EXPECT_FALSE(std::filesystem::exists(folder / "refused")) << "a run was begun";
}

}  // namespace
}  // namespace pushforward::evaluation
