// What every verb promises: its output, its help, its exit status.
#include "tests/program/support.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

namespace pushforward {
namespace {

const std::vector<std::string> verbs{
    "datasets", "train",  "sample",          "edit",     "score",     "ood",    "divergence", "fid",
    "kid",      "prdc",   "inception-score", "evaluate", "calibrate", "detect", "lab",        "turing",
    "study",    "report", "inspect",         "bench",    "import",    "export"};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < text.size();) {
    const auto to = std::min(text.find('\n', from), text.size());
    lines.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return lines;
}

/// The values of a .npy of float32 or float64 behind its header.
template <typename T>
std::vector<T> npy_values(const fs::path& path) {
  const auto bytes = read_file(path);
  const std::size_t start = 10 + static_cast<unsigned char>(bytes[8]) +
                            256 * static_cast<std::size_t>(static_cast<unsigned char>(bytes[9]));
  std::vector<T> values((bytes.size() - start) / sizeof(T));
  std::memcpy(values.data(), bytes.data() + start, values.size() * sizeof(T));
  return values;
}

bool is_png(const fs::path& path) {
  return read_file(path).starts_with("\x89PNG");
}

std::vector<double> scores(const std::string& run, const std::string& data) {
  succeed({"score", run, "--data", data, "--out", "scores.npy", "-q"});
  return npy_values<double>(scratch() / "scores.npy");
}

TEST(Overview, NeedsNoLibTorch) {
  const Surroundings loader_talks{.variables = {"LD_DEBUG=libs"}};
  for (const auto* flag : {"--help", "--version"}) {
    const auto result = Child(PUSHFORWARD_PROGRAM, {flag}, loader_talks).wait();
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.err.find("torch"), std::string::npos) << flag << " loads LibTorch";
  }
  EXPECT_NE(Child(PUSHFORWARD_PROGRAM, {"datasets"}, loader_talks).wait().err.find("torch"),
            std::string::npos)
      << "this test cannot see what is loaded";
}

TEST(Overview, ListsEveryVerb) {
  const auto nothing = Child(PUSHFORWARD_PROGRAM, {}).wait(),
             asked = Child(PUSHFORWARD_PROGRAM, {"--help"}).wait();
  EXPECT_EQ(nothing.status, 2);
  EXPECT_EQ(asked.status, 0);
  EXPECT_EQ(nothing.out, asked.out);
  const auto& help = asked.out;
  std::size_t at = help.find("\nverbs\n") + 7;
  std::vector<std::string> listed;
  for (const auto& line : lines_of(help.substr(at, help.find("\n\n", at) - at)))
    listed.push_back(line.substr(2, line.find(' ', 2) - 2));
  EXPECT_EQ(listed, verbs);
}

TEST(Overview, EveryVerbHasHelpWithAnExample) {
  for (const auto& verb : verbs) {
    const auto help = succeed({verb, "--help"});
    const auto examples = help.find("examples\n");
    ASSERT_NE(examples, std::string::npos) << help;
    EXPECT_NE(help.find("  pushforward " + verb, examples), std::string::npos) << help;
    for (const auto* option : {"--json", "--quiet", "--threads"})
      EXPECT_NE(help.find(option), std::string::npos) << verb << " " << option;
  }
}

TEST(Train, FillsTheRunFolder) {
  const auto run = scratch() / "run";
  for (const auto* file : {"config.toml", "metrics.jsonl", "checkpoints/last.safetensors",
                           "checkpoints/best.safetensors", "samples/epoch_001.png", "samples/epoch_002.png"})
    EXPECT_TRUE(fs::is_regular_file(run / file)) << file;
  const auto lines = timeless_metrics(run);
  ASSERT_EQ(lines.size(), 2u * (5 + 1)) << "160 of 200 images in batches of 32";
  EXPECT_TRUE(lines.back().contains("held_out"));
}

TEST(Train, PrintsOneDocument) {
  const auto json = json_of({"train", "tiny.toml", "--out", "as-json", "--epochs", "1", "--seed", "3"});
  EXPECT_EQ(json.at("run"), "as-json");
  EXPECT_EQ(json.at("epoch"), 1);
  EXPECT_EQ(json.at("step"), 5);
  EXPECT_TRUE(json.at("held_out").at("log_likelihood").is_number());
  EXPECT_NE(read_file(scratch() / "as-json" / "config.toml").find("seed = 3"), std::string::npos);
}

TEST(Train, TheSameSeedGivesTheSameRun) {
  succeed({"train", "tiny.toml", "--out", "again", "-q"});
  for (const auto* file :
       {"checkpoints/last.safetensors", "checkpoints/best.safetensors", "samples/epoch_002.png"})
    EXPECT_EQ(read_file(scratch() / "again" / file), read_file(scratch() / "run" / file)) << file;
  EXPECT_EQ(timeless_metrics(scratch() / "again"), timeless_metrics(scratch() / "run"));
}

TEST(Train, TakesSmallAndOddDataSets) {
  EXPECT_EQ(json_of({"train", "tiny.toml", "--data", "single", "--out", "single"}).at("step"), 2)
      << "one image, none held out";
  EXPECT_EQ(json_of({"train", "tiny.toml", "--out", "large-batch", "--set", "train.batch=5000"}).at("step"),
            2);
  const auto all = json_of({"train", "tiny.toml", "--out", "all", "--set", "data.validation=0"});
  EXPECT_EQ(all.at("step"), 14);
  EXPECT_FALSE(all.contains("held_out"));
  EXPECT_TRUE(fs::exists(scratch() / "all/checkpoints/best.safetensors")) << "best by the training images";
  EXPECT_EQ(json_of({"train", "tiny.toml", "--data", "wide", "--out", "wide"}).at("step"), 2);
}

TEST(Sample, WritesAGridOrNumbers) {
  succeed({"sample", "run", "-n", "9", "--out", "grid.png", "-q"});
  EXPECT_TRUE(is_png(scratch() / "grid.png"));
  const auto json = json_of({"sample", "run", "-n", "9", "--out", "samples.npy", "--temperature", "0.5"});
  EXPECT_EQ(json.at("images"), 9);
  EXPECT_EQ(json.at("not_finite"), 0);
  EXPECT_EQ(json.at("file"), "samples.npy");
  EXPECT_EQ(npy_values<float>(scratch() / "samples.npy").size(), 9u * 16);
  succeed({"sample", "run", "--checkpoint", "best"});
  EXPECT_TRUE(is_png(scratch() / "run/samples/sample.png"));
}

TEST(Sample, ASeedIsItsImages) {
  const auto draw = [](const std::string& seed) {
    succeed({"sample", "run", "-n", "4", "--seed", seed, "--out", "seeded.npy", "-q"});
    return npy_values<float>(scratch() / "seeded.npy");
  };
  EXPECT_EQ(draw("1"), draw("1"));
  EXPECT_NE(draw("1"), draw("2"));
}

TEST(Sample, MapsGivenLatents) {
  std::vector<float> z(3 * 16, 0.0F);
  for (std::size_t i = 16; i < z.size(); ++i) z[i] = 0.1F * static_cast<float>(i % 7);
  write_file(scratch() / "z.npy", npy("(3, 16)", z));
  EXPECT_EQ(json_of({"sample", "run", "--latent", "z.npy", "--out", "x.npy"}).at("images"), 3);
  const auto x = npy_values<float>(scratch() / "x.npy");
  ASSERT_EQ(x.size(), z.size());
  succeed({"sample", "run", "-n", "1", "--temperature", "0", "--out", "mode.npy", "-q"});
  const auto mode = npy_values<float>(scratch() / "mode.npy");
  for (std::size_t i = 0; i < 16; ++i) EXPECT_NEAR(x[i], mode[i], 1e-6) << "z = 0";
}

TEST(Sample, SeveralTemperaturesAreRowsOfTheSameLatents) {
  const auto json = json_of({"sample", "--temperature", "0,0.5,1", "run", "-n", "3", "--out", "rows.npy"});
  EXPECT_EQ(json.at("images"), 9);
  const auto rows = npy_values<float>(scratch() / "rows.npy");
  ASSERT_EQ(rows.size(), 9u * 16);
  for (std::size_t i = 0; i < 16; ++i) EXPECT_EQ(rows[i], rows[32 + i]) << "at temperature 0";
  succeed({"sample", "run", "-n", "3", "--out", "last.npy", "-q"});
  const auto last = npy_values<float>(scratch() / "last.npy");
  for (std::size_t i = 0; i < 48; ++i) EXPECT_NEAR(rows[96 + i], last[i], 1e-6);
}

TEST(Edit, WalksFromImageToImage) {
  const auto json = json_of({"edit", "run", "--walk", "-n", "2", "--columns", "3", "--out", "walk.npy"});
  EXPECT_EQ(json.at("rows"), 2);
  EXPECT_EQ(json.at("columns"), 3);
  EXPECT_EQ(npy_values<float>(scratch() / "walk.npy").size(), 2u * 3 * 16);
  succeed({"edit", "run", "--walk", "--data", "digits:test", "--seed", "3", "-q"});
  EXPECT_TRUE(is_png(scratch() / "run/samples/walk.png"));
}

TEST(Edit, CompletesHalves) {
  succeed({"train", "autoregressive", "--data", "clothes", "--out", "pixels", "--epochs", "1", "-q"});
  succeed({"edit", "pixels", "--complete", "-n", "3", "--columns", "2", "--temperature", "0.5", "-q"});
  EXPECT_TRUE(is_png(scratch() / "pixels/samples/complete.png"));
  const auto table =
      succeed({"edit", "pixels", "--complete", "-n", "1", "--columns", "4", "--out", "half.npy"});
  EXPECT_NE(table.find("half.npy"), std::string::npos);
  EXPECT_EQ(npy_values<float>(scratch() / "half.npy").size(), 6u * 16) << "the image, its half and four";
}

TEST(Score, CompressorsStandBesideTheModel) {
  const auto json = json_of({"score", "run", "--data", "clothes:test", "--codecs"});
  EXPECT_EQ(json.at("codecs").at("images"), 49);
  EXPECT_GT(json.at("codecs").at("rates").at(0).at("alone").get<double>(), 1);
  EXPECT_NE(succeed({"score", "run", "--data", "clothes:test", "--codecs"}).find("LZMA"), std::string::npos);
}

TEST(Score, TextNumbersAndSummaryAgree) {
  const auto json = json_of({"score", "run", "--data", "clothes:test", "--out", "scores.csv"});
  const auto values = scores("run", "clothes:test");
  const auto csv = lines_of(read_file(scratch() / "scores.csv"));
  ASSERT_EQ(values.size(), 60u);
  ASSERT_EQ(csv.size(), 61u);
  EXPECT_EQ(csv[0], "image,log_prob_nats");
  double sum = 0;
  for (std::size_t i = 0; i < 60; ++i) {
    EXPECT_EQ(csv[i + 1].substr(0, csv[i + 1].find(',')), std::to_string(i));
    EXPECT_EQ(std::stod(csv[i + 1].substr(csv[i + 1].find(',') + 1)), values[i]);
    sum += values[i];
  }
  EXPECT_EQ(json.at("images"), 60);
  EXPECT_NEAR(json.at("mean").get<double>(), sum / 60, 1e-9);
  EXPECT_TRUE(json.at("bits_per_dim").is_null()) << "a density has none";
}

TEST(Score, StatesBitsPerDimWhenDequantised) {
  succeed({"train", "tiny.toml", "--out", "bits", "--set", "model.dequantize=true", "--set",
           "model.logit_alpha=0.05", "-q"});
  const auto json = json_of({"score", "bits", "--data", "clothes:test", "--out", "bits.csv"});
  const double nats = json.at("mean"), bits = json.at("bits_per_dim");
  EXPECT_NEAR(bits, (-nats / 16 + std::log(256.0)) / std::log(2.0), 1e-9);
  EXPECT_GT(bits, 4) << "clothes have 60 levels";
  EXPECT_EQ(lines_of(read_file(scratch() / "bits.csv"))[0], "image,log_prob_nats,bits_per_dim");
}

TEST(Report, ComparesRunsThatHaveBitsPerDim) {
  succeed({"train", "tiny.toml", "--out", "compared", "--set", "model.dequantize=true", "-q"});
  const auto json = json_of({"report", "compared", "compared", "--compare", "compared.png"});
  EXPECT_NE(json.dump().find("compared.png"), std::string::npos) << json;
  EXPECT_GT(std::filesystem::file_size(scratch() / "compared.png"), 1000u);
}

TEST(Lab, WritesItsFindingsAsPicturesJsonAndAPage) {
  const auto list = json_of({"lab"});
  EXPECT_GE(list.at("rows").size(), 6u);
  const auto json = json_of({"lab", "transposed-convolution", "contraction", "--quick", "--out", "found"});
  ASSERT_EQ(json.size(), 2u);
  for (const auto& one : json) {
    EXPECT_EQ(one.at("agrees"), true) << one;
    const auto folder = scratch() / "found" / one.at("experiment").get<std::string>();
    EXPECT_EQ(nlohmann::json::parse(read_file(folder / "result.json")).at("checks").size(),
              one.at("checks").size());
    const auto checked = Child(PUSHFORWARD_CHECK_HTML, {(folder / "report.html").string()}).wait();
    EXPECT_EQ(checked.status, 0) << checked.out << checked.err;
  }
  EXPECT_TRUE(is_png(scratch() / "found/transposed-convolution/checkerboards.png"));
  EXPECT_TRUE(is_png(scratch() / "found/contraction/error.png"));
  succeed({"lab", "transposed-convolution", "--quick", "--language", "fa", "--out", "persian"});
  EXPECT_NE(read_file(scratch() / "persian/transposed-convolution/report.html")
                .find("<html lang=\"fa\" dir=\"rtl\">"),
            std::string::npos);
}

TEST(Ood, TellsForeignFromFamiliar) {
  const auto json = json_of({"ood", "run", "--in", "clothes:test", "--out-of", "digits:test",
                             "clothes:test+invert", "clothes:test"});
  EXPECT_EQ(json.at("likelihood").at("dims"), 16);
  EXPECT_EQ(json.at("in").at("n"), 60);
  ASSERT_EQ(json.at("out").size(), 3u);
  EXPECT_EQ(json.at("out")[0].at("name"), "digits:test");
  std::set<std::string> detectors;
  for (const auto& s : json.at("separations")) {
    detectors.insert(s.at("detector"));
    EXPECT_EQ(s.at("n_in"), s.at("detector") == "typicality-10" ? 6 : 60);
    EXPECT_GT(s.at("images_per_second"), 0);
    for (const auto* metric :
         {"auroc", "average_precision", "fpr_at_95_tpr_out_positive", "fpr_at_95_tpr_in_positive"}) {
      const double value = s.at(metric).at("value"), low = s.at(metric).at("low95"),
                   high = s.at(metric).at("high95");
      EXPECT_LE(0, low) << s;
      EXPECT_LE(low, value) << s;
      EXPECT_LE(value, high) << s;
      EXPECT_LE(high, 1) << s;
    }
    const double auroc = s.at("auroc").at("value");
    if (s.at("out") == "digits:test" && s.at("detector") == "likelihood") {
      EXPECT_GT(auroc, 0.9) << s;
    } else if (s.at("out") == "clothes:test") {
      EXPECT_EQ(auroc, 0.5) << "a set against itself";
    }
  }
  EXPECT_EQ(json.at("separations").size(), 3 * detectors.size());
  for (const auto* name :
       {"likelihood", "typicality", "complexity", "density-of-states", "latent-norm", "filters"})
    EXPECT_TRUE(detectors.contains(name)) << name;
  EXPECT_FALSE(detectors.contains("waic")) << "there is no ensemble";
  EXPECT_TRUE(is_png(scratch() / "run/plots/log_likelihood.png"));
  EXPECT_TRUE(is_png(scratch() / "run/plots/roc_typicality.png"));
}

TEST(Ood, PrintsTheBestDetectorsOnly) {
  const Arguments words{"ood",
                        "run",
                        "--in",
                        "clothes:test",
                        "--out-of",
                        "digits:test",
                        "clothes:test+invert",
                        "clothes:test+flip"};
  const auto json = json_of(words);
  std::map<std::string, double> worst;
  for (const auto& s : json.at("separations")) {
    const double auroc = s.at("auroc").at("value");
    const auto [entry, is_new] = worst.emplace(s.at("detector"), auroc);
    if (!is_new) entry->second = std::min(entry->second, auroc);
  }
  const auto rows_of = [](const std::string& text, const std::map<std::string, double>& names) {
    std::vector<std::string> rows;
    for (const auto& line : lines_of(text))
      if (const auto name = line.substr(0, line.find(' ')); names.contains(name)) rows.push_back(name);
    return rows;
  };
  const auto brief = succeed(words);
  EXPECT_NE(brief.find("+invert"), std::string::npos) << brief;
  const auto rows = rows_of(brief, worst);
  ASSERT_EQ(rows.size(), 4u) << brief;
  EXPECT_EQ(rows[0], "likelihood");
  for (const auto& [name, auroc] : worst)
    EXPECT_TRUE(std::ranges::find(rows, name) != rows.end() || auroc <= worst.at(rows[3])) << name;
  EXPECT_GE(worst.at(rows[1]), worst.at(rows[2]));
  EXPECT_GE(worst.at(rows[2]), worst.at(rows[3]));
  auto all = words;
  all.emplace_back("--full");
  EXPECT_EQ(rows_of(succeed(all), worst).size(), json.at("separations").size());
}

TEST(Ood, TakesASingleImage) {
  const auto json = json_of({"ood", "run", "--in", "single:test", "--out-of", "clothes:test"});
  EXPECT_EQ(json.at("separations")[0].at("n_in"), 1);
  json_of({"ood", "run", "--in", "clothes:test", "--out-of", "single:test"});
  succeed({"report", "run", "-q"});
}

TEST(Report, IsSoundInABrowser) {
  const auto run = copy_of(scratch() / "run", "reported");
  succeed(
      {"ood", "reported", "--in", "clothes:test", "--out-of", "digits:test", "clothes:test+invert", "-q"});
  const auto json = json_of({"report", "reported"});
  EXPECT_NE(json.dump().find("reported/report.html"), std::string::npos) << json;
  const auto html = read_file(run / "report.html");
  for (const auto* part : {"digits:test", "AUROC", "Configuration", "held out"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
  const auto checked = Child(PUSHFORWARD_CHECK_HTML, {(run / "report.html").string()}).wait();
  if (checked.status == 77) GTEST_SKIP() << checked.err;
  EXPECT_EQ(checked.status, 0) << checked.err;
}

TEST(Inspect, CountsTheSameInARunAndItsConfiguration) {
  const auto total = [](const Json& table) { return table.at("rows").back(); };
  const auto preset = json_of({"inspect", "realnvp"});
  EXPECT_EQ(total(preset).dump(), total(json_of({"inspect", "realnvp"})).dump());
  EXPECT_NE(total(json_of({"inspect", "run"})).dump().find("1152"), std::string::npos)
      << "4 couplings of 2 networks of 8·8 + 8 + 8·8 + 8 numbers: " << json_of({"inspect", "run"});
}

TEST(Exchange, LatentsComeAsPyTorchHasThem) {
  std::vector<float> z;
  for (int i = 0; i < 3 * 16; ++i) z.push_back(0.1F * static_cast<float>(i % 17) - 0.8F);
  for (const auto& [name, shape] : {std::pair{"rows", "(3, 16)"}, {"pixels", "(3, 16, 1, 1)"}}) {
    write_file(scratch() / (std::string(name) + "-z.npy"), npy(shape, z));
    const auto drawn = json_of(
        {"sample", "run", "--latent", std::string(name) + "-z.npy", "--out", std::string(name) + ".npy"});
    EXPECT_EQ(drawn.at("images"), 3);
  }
  EXPECT_EQ(read_file(scratch() / "rows.npy"), read_file(scratch() / "pixels.npy"));
}

TEST(Exchange, WeightsComeBackTheSame) {
  EXPECT_EQ(json_of({"export", "run", "weights.safetensors"}).at("file"), "weights.safetensors");
  const auto json = json_of({"import", "tiny.toml", "weights.safetensors", "--out", "imported", "--set",
                             "model.height=4", "--set", "model.width=4"});
  EXPECT_EQ(json.at("run"), "imported");
  EXPECT_EQ(scores("imported", "clothes:test"), scores("run", "clothes:test"));
  succeed({"export", "imported", "weights2.safetensors", "-q"});
  EXPECT_EQ(read_file(scratch() / "weights2.safetensors"), read_file(scratch() / "weights.safetensors"));
  succeed({"ood", "imported", "--in", "clothes:test", "--out-of", "digits:test", "-q"});
  succeed({"report", "imported", "-q"});
  succeed({"sample", "imported", "--checkpoint", "best", "-q"});
}

TEST(Adversarial, RunsGoThroughTheVerbs) {
  write_file(
      scratch() / "gan.toml",
      "[model]\nkind = \"gan\"\nlatent = 3\nfilters = 4\n"
      "[data]\nname = \"clothes\"\nresize = 8\nheld_out = \"test\"\n[train]\nepochs = 2\nbatch = 32\n");
  const auto trained = json_of({"train", "gan.toml", "--out", "gan"});
  EXPECT_EQ(trained.at("step"), 2 * 7) << "all 200 images: the test split is held out";
  EXPECT_TRUE(trained.at("measured").at("pixel_distance").is_number());

  EXPECT_EQ(json_of({"sample", "gan", "--interpolate", "3", "--out", "walks.npy"}).at("images"), 30);
  EXPECT_EQ(npy_values<float>(scratch() / "walks.npy").size(), 30u * 64);
  write_file(scratch() / "latents.npy", npy("(2, 3)", {0, 0, 0, 1, -1, 0.5F}));
  succeed({"sample", "gan", "--latent", "latents.npy", "--out", "mapped.npy"});
  const auto mapped = npy_values<float>(scratch() / "mapped.npy");
  EXPECT_EQ(mapped.size(), 2u * 64);

  succeed({"export", "gan", "gan.safetensors"});
  succeed({"import", "gan.toml", "gan.safetensors", "--out", "gan2", "--set", "train.seed=9"});
  succeed({"sample", "gan2", "--latent", "latents.npy", "--out", "mapped2.npy"});
  EXPECT_EQ(npy_values<float>(scratch() / "mapped2.npy"), mapped);

  EXPECT_NE(json_of({"inspect", "gan"}).dump().find("discriminator.model.0.weight"), std::string::npos);
  succeed({"report", "gan"});
  const auto checked = Child(PUSHFORWARD_CHECK_HTML, {(scratch() / "gan/report.html").string()}).wait();
  EXPECT_TRUE(checked.status == 0 || checked.status == 77) << checked.err;  // 77: no browser here
  EXPECT_NE(read_file(scratch() / "gan/report.html").find("href=\"turing.html\""), std::string::npos);
  EXPECT_TRUE(fs::exists(scratch() / "gan/turing.html"));

  const auto asked = [&](const char* seed) {
    succeed({"turing", "gan", "--data", "clothes:test", "-n", "20", "--seed", seed, "--out", "turing.html",
             "-q"});
    const auto page = read_file(scratch() / "turing.html");
    std::string answers;
    for (std::size_t at = 0; (at = page.find("\"real\":", at)) != std::string::npos; at += 8)
      if (page[at + 7] != '"') answers += page[at + 7];
    return std::pair(page, answers);
  };
  const auto [page, answers] = asked("1");
  EXPECT_EQ(std::ranges::count(answers, 't'), 10) << answers;
  EXPECT_EQ(std::ranges::count(answers, 'f'), 10) << answers;
  EXPECT_EQ(asked("1").first, page);
  EXPECT_NE(asked("2").second, answers) << "an order that the seed does not draw";
  EXPECT_NE(pushforward({"turing", "gan", "-n", "1"}).err.find("expected a whole number from 2"),
            std::string::npos);
  EXPECT_NE(pushforward({"score", "gan", "--data", "clothes"}).err.find("no likelihood"), std::string::npos);
  const auto ood = json_of({"ood", "gan", "--in", "clothes:test", "--out-of", "digits:test"});
  EXPECT_FALSE(ood.contains("likelihood"));
  EXPECT_EQ(ood.at("separations").at(0).at("detector"), "filters") << "which needs no model";
  succeed({"report", "gan", "-q"});
}

TEST(Datasets, AreListedAndShown) {
  const auto list = json_of({"datasets"});
  EXPECT_EQ(list, json_of({"datasets", "list"}));
  EXPECT_NE(list.dump().find("\"clothes\""), std::string::npos);
  EXPECT_NE(list.dump().find("\"cifar10\""), std::string::npos);
  EXPECT_NE(json_of({"datasets", "show", "clothes:test+invert"}).dump().find("60"), std::string::npos);
}

TEST(Bench, StatesWhatTheMachineReaches) {
  const auto json = json_of({"bench", "tiny.toml", "--steps", "3", "--data", "clothes:test"});
  for (const auto* key :
       {"train_step_ms_median", "score_images_per_s", "score_one_ms", "peak_gflops", "achieved_gflops"})
    EXPECT_GT(json.at(key).get<double>(), 0) << key;
  EXPECT_GT(json.at("machine").at("memory_gbs").get<double>(), 0);
}

/// As oneDNN is told of a lesser processor.
TEST(Bench, TakesBfloat16BySelfOnlyWhereTheProcessorHasIt) {
  const auto without = [](const std::string& precision) {
    const auto result = Child(fs::path(PUSHFORWARD_PROGRAM),
                              {"bench", "tiny.toml", "--steps", "1", "--data", "clothes:test", "--json", "-q",
                               "--set", "train.precision=" + precision},
                              {.variables = {"ONEDNN_MAX_CPU_ISA=AVX2"}})
                            .wait();
    EXPECT_EQ(result.status, 0) << result.err;
    return Json::parse(result.out);
  };
  const auto chosen = without("auto");
  EXPECT_EQ(chosen.at("precision"), "float32");
  EXPECT_TRUE(chosen.at("machine").at("bfloat16_gflops").is_null());
  EXPECT_EQ(without("bfloat16").at("precision"), "bfloat16") << "slowly, where it is asked for";
}

TEST(Output, IsOnlyTheResultAndAFullPipeIsAnError) {
  EXPECT_EQ(pushforward({"score", "run", "--data", "clothes:test", "-q"}).err, "");
  const auto result = pushforward({"datasets"}, {.out = "/dev/full"});
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.err.find("cannot write the results to standard output: No space left"), std::string::npos)
      << result.err;
}

}  // namespace
}  // namespace pushforward
