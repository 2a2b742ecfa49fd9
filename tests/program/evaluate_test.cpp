// The verbs that compare sets of images, by their pixels: nothing needs to be trained first.
#include "tests/program/support.h"
#include <fmt/format.h>

#include <cmath>
#include <map>

namespace pushforward {
namespace {

Json evaluated(Arguments arguments) {
  arguments.insert(arguments.end(), {"--features", "pixels"});
  return json_of(std::move(arguments));
}

void refuses(const Arguments& arguments, int status, const std::vector<std::string>& parts) {
  const auto result = pushforward(arguments);
  EXPECT_EQ(result.status, status) << result.err;
  EXPECT_EQ(result.err.find('\n'), result.err.size() - 1) << "one line is expected:\n" << result.err;
  for (const auto& part : parts)
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err << "lacks: " << part;
}

/// A table of n features of 2 numbers, `step` apart.
std::string features(const std::string& name, int n, float step) {
  std::vector<float> values;
  for (int i = 0; i < n; ++i)
    values.insert(values.end(), {step * static_cast<float>(i % 7), step * static_cast<float>(i % 5)});
  write_file(scratch() / name, npy(fmt::format("({}, 2)", n), values));
  return name;
}

TEST(Fid, ComparesDataAndRuns) {
  const auto json = evaluated({"fid", "clothes:test", "digits:test"});
  EXPECT_EQ(json.at("real").at("name"), "clothes:test");
  EXPECT_EQ(json.at("real").at("n"), 60);
  EXPECT_EQ(json.at("fake").at("n"), 40);
  EXPECT_EQ(json.at("extractor"), "pixels");
  EXPECT_EQ(json.at("dims"), 16);
  EXPECT_GT(json.at("values").at("fid").at("value").get<double>(), 0.1);
  EXPECT_EQ(evaluated({"fid", "clothes:test", "clothes:test"}).at("values").at("fid").at("value"), 0.0);
  const auto sampled = evaluated({"fid", "clothes:test", "run", "-n", "50", "--seed", "3"});
  EXPECT_EQ(sampled.at("fake").at("n"), 50);
  EXPECT_EQ(sampled.at("real").at("n"), 50) << "as many images of the set, chosen at random";
  EXPECT_EQ(sampled.at("fake").at("name"), "run (last, seed 4)");
  EXPECT_EQ(sampled, evaluated({"fid", "clothes:test", "run", "-n", "50", "--seed", "3"}));
  EXPECT_NE(sampled.at("values"), evaluated({"fid", "clothes:test", "run", "-n", "50"}).at("values"));
}

TEST(Fid, ExtrapolatesAndDrawsItsCurve) {
  const auto json = evaluated({"fid", "clothes", "clothes:test", "--infinity", "--curve", "curve.png"});
  EXPECT_TRUE(json.at("values").at("fid_infinity").at("value").is_number());
  EXPECT_TRUE(read_file(scratch() / "curve.png").starts_with("\x89PNG"));
}

TEST(Fid, StatisticsAreSavedAndReused) {
  const auto whole = evaluated({"fid", "clothes", "digits:test", "--save-statistics", "both.safetensors"});
  EXPECT_EQ(evaluated({"fid", "clothes", "--save-statistics", "clothes.safetensors"}).at("n"), 200);
  for (const auto* file : {"both.safetensors", "clothes.safetensors"}) {
    const auto again = evaluated({"fid", file, "digits:test"});
    const double value = whole.at("values").at("fid").at("value");
    EXPECT_NEAR(again.at("values").at("fid").at("value").get<double>(), value, 1e-9 * value);
    EXPECT_EQ(again.at("real").at("n"), 200);
  }
  features("values.npy", 30, 1);
  refuses({"fid", "clothes.safetensors", "values.npy"}, 1,
          {"clothes.safetensors (clothes:train)", "of pixels", "of values"});
  refuses({"kid", "clothes.safetensors", "digits:test", "--features", "pixels"}, 2,
          {"KID takes features one by one"});
}

TEST(Fid, StatisticsAreExchangedWithOtherTools) {
  const auto value = [](const Json& json) { return json.at("values").at("fid").at("value").get<double>(); };
  const double whole = value(evaluated({"fid", "clothes", "digits:test"}));
  EXPECT_EQ(evaluated({"fid", "clothes", "--save-statistics", "clothes.npz"}).at("n"), 200);
  const auto again = evaluated({"fid", "clothes.npz", "digits:test"});
  EXPECT_NEAR(value(again), whole, 1e-9 * whole);
  EXPECT_EQ(again.at("real").at("n"), 200);

  const std::string numpy = std::string(PUSHFORWARD_SOURCE_DIR) + "/tests/goldens/npz/statistics-";
  const auto foreign = json_of({"fid", numpy + "stored.npz", numpy + "deflated.npz"});
  EXPECT_EQ(value(foreign), 0);
  EXPECT_EQ(foreign.at("dims"), 3);
  EXPECT_TRUE(foreign.at("real").at("n").is_null());
  refuses({"fid", numpy + "stored.npz", "digits:test", "--features", "pixels"}, 1,
          {"features of 3 dimensions, digits:test of 16"});
  features("table.npy", 30, 1);
  refuses({"fid", "clothes.npz", "table.npy"}, 1, {"clothes.npz (clothes:train)", "of pixels", "of values"});
  refuses({"kid", "clothes.npz", "digits:test", "--features", "pixels"}, 2,
          {"KID takes features one by one"});
  write_file(scratch() / "cut.npz", read_file(scratch() / "clothes.npz").substr(0, 100));
  refuses({"fid", "cut.npz", "digits:test", "--features", "pixels"}, 1, {"cut.npz: expected a whole zip"});
}

TEST(Evaluate, MeasuresAllAtOnceWhatTheVerbsMeasureAlone) {
  const auto all = evaluated({"evaluate", "clothes", "clothes:test"});
  for (const auto& [verb, keys] : std::map<std::string, std::vector<std::string>>{
           {"fid", {"fid"}}, {"kid", {"kid"}}, {"prdc", {"precision", "recall", "density", "coverage"}}}) {
    const auto one = evaluated({verb, "clothes", "clothes:test"});
    for (const auto& key : keys) EXPECT_EQ(one.at("values").at(key), all.at("values").at(key)) << key;
  }
  EXPECT_NE(all.at("notes").dump().find("no Inception Score"), std::string::npos);
  const auto text = succeed({"evaluate", "clothes", "clothes:test", "--features", "pixels"});
  for (const auto* part :
       {"clothes:test against clothes:train", "real: 200 of clothes:train", "FID∞", "MIND", "coverage"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST(Fid, OfFewerImagesThanDimensionsIsSaidToBeWorthless) {
  const auto notes = [](const std::string& n) {
    return evaluated({"fid", "clothes:test", "digits:test", "-n", n}).value("notes", Json()).dump();
  };
  EXPECT_NE(notes("16").find("FID of 16 samples in 16 dimensions"), std::string::npos);
  EXPECT_EQ(notes("17"), "null");
}

TEST(Evaluate, TakesTablesOfFeatures) {
  const auto json = json_of({"evaluate", features("a.npy", 40, 1), features("b.npy", 50, 2)});
  EXPECT_EQ(json.at("extractor"), "values");
  EXPECT_EQ(json.at("dims"), 2);
  EXPECT_GT(json.at("values").at("fid").at("value").get<double>(), 1);
}

TEST(Evaluate, LooksForCopiesOfTheTrainingSet) {
  const auto values = [](const std::string& fake) {
    return evaluated({"evaluate", "clothes:test", fake, "--train", "clothes", "-n", "50"});
  };
  const auto copies = values("clothes"), others = values("digits:test");
  EXPECT_EQ(copies.at("train").at("name"), "clothes:train");
  EXPECT_EQ(copies.at("train").at("n"), 200) << "all of it, whatever -n says";
  EXPECT_EQ(copies.at("fake").at("n"), 50);
  EXPECT_EQ(copies.at("values").at("authenticity").at("value"), 0.0);
  EXPECT_GT(copies.at("values").at("authenticity_of_real").at("low95").get<double>(), 0.2);
  EXPECT_LT(copies.at("values").at("c_t").at("high95").get<double>(), -3);
  EXPECT_GT(others.at("values").at("authenticity").at("low95").get<double>(), 0.8);
  EXPECT_GT(others.at("values").at("c_t").at("low95").get<double>(), 3);
  EXPECT_FALSE(evaluated({"evaluate", "clothes:test", "digits:test"}).at("values").contains("c_t"));
  const auto text =
      succeed({"evaluate", "clothes:test", "digits:test", "--train", "clothes", "--features", "pixels"});
  for (const auto* part : {"train: 200 of clothes:train", "authenticity of real", "C_T", "near 0",
                           "share of digits:test that is farther from the nearest image of clothes:train"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
  EXPECT_NE(succeed({"evaluate", "clothes", "digits:test", "--train", "clothes", "--features", "pixels"})
                .find("most of clothes:train lie in clothes:train"),
            std::string::npos);
  refuses({"fid", "-", "-"}, 2, {"standard input can be read once"});
  refuses({"evaluate", "clothes:test", "digits:test", "--train", "run", "--features", "pixels"}, 2,
          {"--train run", "found a run"});
  refuses({"evaluate", "clothes:test", "digits:test", "--train", "wide", "--features", "pixels"}, 1,
          {"wide:train has features of 20 dimensions"});
}

TEST(Evaluate, SaysWhatIsWrong) {
  refuses({"fid", "clothes"}, 2, {"B is required"});
  refuses({"fid", "clothes", "digits:test"}, 2,
          {"no classifier at runs/classifier", "pushforward train classifier"});
  refuses({"fid", "clothes", "digits:test", "--features", "inception"}, 2, {"datasets fetch inception"});
  refuses({"fid", "clothes", "digtis", "--features", "pixels"}, 2, {"did you mean digits?"});
  refuses({"fid", "clothes", "single", "--features", "pixels"}, 1, {"single:train: expected at least 2"});
  refuses({"fid", "clothes", "wide", "--features", "pixels"}, 1, {"wide:train has images of 1×4×5"});
  refuses({"fid", "clothes", "run", "--checkpoint", "first"}, 2, {"--checkpoint"});
  fs::create_directories(scratch() / "hollow");
  refuses({"fid", "clothes", "hollow", "--features", "pixels"}, 1, {"hollow"});
  auto broken = std::vector<float>(20, 1.0F);
  broken[7] = NAN;
  write_file(scratch() / "nan-features.npy", npy("(10, 2)", broken));
  refuses({"fid", features("fine.npy", 30, 1), "nan-features.npy"}, 1, {"nan-features.npy", "3"});
  write_file(scratch() / "constant.npy", npy("(10, 2)", std::vector<float>(20, 1.0F)));
  for (const auto& sides : {Arguments{"constant.npy", "fine.npy"}, Arguments{"fine.npy", "constant.npy"}}) {
    const auto measured = json_of({"fid", sides[0], sides[1]});
    EXPECT_NE(measured.dump().find("10 samples of constant.npy all have the same features"),
              std::string::npos);
  }
  refuses({"fid", "constant.npy", "constant.npy"}, 1, {"nothing is compared"});
  write_file(scratch() / "three.npy", npy("(10, 3)", std::vector<float>(30, 1.0F)));
  refuses({"fid", "fine.npy", "three.npy"}, 1, {"2 dimensions", "of 3"});
  refuses({"prdc", "fine.npy", features("few.npy", 4, 1)}, 2, {"-k 5", "few.npy has 4"});
  refuses({"fid", "clothes", "digits:test", "--features", "pixels", "--curve", "c.jpg"}, 2,
          {"--curve: expected a file ending in .png or .svg, found c.jpg"});
  refuses({"inception-score", "clothes", "--features", "pixels"}, 2, {"class probabilities"});
  refuses({"fid", "clothes", "digits:test", "--features", "pixels", "--save-statistics", "s.npy"}, 2,
          {".safetensors"});
  refuses({"train", "tiny.toml", "--out", "unmeasured", "--fid-every", "1"}, 2,
          {"no classifier at runs/classifier"});
}

/// The set `stripes` of 60 training and 30 test images of 16×16 in 3 classes.
void write_stripes() {
  const auto stripe = [](std::uint32_t n, std::uint32_t i) {
    return static_cast<int>((i / 16 / 6 == n % 3 ? 200 : 20) + i % 7);
  };
  for (const auto& [split, n] : {std::pair{"train", 60U}, {"t10k", 30U}}) {
    const auto prefix = std::string("data/stripes/") + split;
    fs::create_directories(scratch() / "data/stripes");
    write_file(scratch() / (prefix + "-images-idx3-ubyte"), idx(n, 16, 16, stripe));
    std::string bytes("\0\0\x08\x01\0\0\0", 7);
    bytes += static_cast<char>(n);
    for (std::uint32_t i = 0; i < n; ++i) bytes += static_cast<char>(i % 3);
    write_file(scratch() / (prefix + "-labels-idx1-ubyte"), bytes);
  }
}

TEST(Fid, IsMeasuredClassByClass) {
  write_stripes();
  const auto noisy = evaluated({"fid", "stripes", "stripes:test+noise", "--by-class"}).at("by_class");
  ASSERT_EQ(noisy.at("classes").size(), 3U);
  double sum = 0;
  for (const auto& one : noisy.at("classes")) {
    EXPECT_EQ(one.at("real"), 20);
    EXPECT_EQ(one.at("fake"), 10);
    sum += one.at("fid").at("value").get<double>();
  }
  EXPECT_GT(sum, 0);
  EXPECT_NEAR(noisy.at("mean").at("value").get<double>(), sum / 3, 1e-9 * sum);
  EXPECT_NE(noisy.at("notes").dump().find("classes 0, 1, 2: no more samples than the 256 dimensions"),
            std::string::npos);
  const auto text = succeed({"fid", "stripes", "stripes:test+noise", "--by-class", "--features", "pixels"});
  for (const auto* part : {"FID by class", "class  real  fake", "mean"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
  refuses({"fid", "clothes", "digits:test", "--by-class", "--features", "pixels"}, 2,
          {"clothes:train has no labels", "a folder of folders"});
}

TEST(Prdc, SaysWhichSideIsWhich) {
  const auto text = succeed({"prdc", "clothes:test", "digits:test", "--features", "pixels"});
  EXPECT_NE(text.find("precision is the share of digits:test inside balls of clothes:test"),
            std::string::npos)
      << text;
}

TEST(Classifier, GoesThroughTheVerbs) {
  write_stripes();
  const auto trained = json_of({"train", "classifier", "--data", "stripes", "--epochs", "3", "--out",
                                "labelled", "--set", "model.filters=4", "--set", "train.batch=20", "--set",
                                "train.warmup_steps=0", "--set", "train.flip=false"});
  EXPECT_TRUE(trained.at("held_out").at("accuracy").is_number());
  const auto json = json_of({"evaluate", "stripes", "stripes:test", "--features", "labelled"});
  EXPECT_TRUE(json.at("extractor").get<std::string>().starts_with("classifier "));
  EXPECT_EQ(json.at("dims"), 16);
  const auto score = json.at("values").at("inception_score").at("value").get<double>();
  EXPECT_GE(score, 1);
  EXPECT_LE(score, 3);
  EXPECT_EQ(json_of({"inception-score", "stripes:test", "--features", "labelled"}).at("values"),
            Json({{"inception_score", json.at("values").at("inception_score")}}));
  succeed({"inspect", "labelled"});
  succeed({"report", "labelled"});
  refuses({"sample", "labelled"}, 2, {"classifier of 3 draws no samples"});
  refuses({"score", "labelled", "--data", "stripes"}, 2, {"no likelihood"});
  refuses({"train", "classifier", "--data", "clothes", "--set", "data.resize=16", "--out", "unlabelled"}, 1,
          {"clothes:train has no labels"});
  EXPECT_FALSE(fs::exists(scratch() / "unlabelled"));
}

}  // namespace
}  // namespace pushforward
