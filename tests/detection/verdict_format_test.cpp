// Verdicts as text, and what a detector promises beside them.
#include "pushforward/detection/verdict_format.h"

#include "tests/expect.h"
#include "tests/models/scratch.h"

#include <limits>

#include "pushforward/core/file.h"
#include "pushforward/detection/guarantee.h"

namespace pushforward::detection {
namespace {

const Verdict foreign{.image = "a,\"b\".png", .score = 1.5, .p_value = 0.25, .foreign = true};
const Verdict endless{.image = "7", .score = std::numeric_limits<double>::infinity(), .p_value = 0.25};

TEST(VerdictFormat, WritesALineForPeopleAndForPrograms) {
  EXPECT_EQ(verdict_format("csv").verdict(foreign), "\"a,\"\"b\"\".png\",1.5,0.25,true\n");
  EXPECT_EQ(verdict_format("csv").verdict(endless), "7,inf,0.25,false\n");
  EXPECT_EQ(verdict_format("jsonl").verdict(endless),
            R"({"image":"7","score":null,"p_value":0.25,"foreign":false})"
            "\n");
  EXPECT_EQ(verdict_format("text").verdict(foreign),
            "a,\"b\".png                        1.5000   0.25000  FOREIGN\n");
  expect_usage([] { verdict_format("jsnl"); }, "did you mean jsonl?");
}

/// A detector that needs no model, calibrated on 40 of 200 images.
class Written : public Scratch {
 protected:
  Written() {
    for (const auto& [name, count] : {std::pair{"more.npy", 200}, {"few.npy", 20}}) {
      auto engine = stream(0, name);
      std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count) * 64);
      for (auto& pixel : pixels) pixel = static_cast<std::uint8_t>(uniform_below(engine, 256));
      data::write_npy(folder / name, data::NpyArray::of<std::uint8_t>({count, 8, 8}, pixels));
    }
  }

  CalibratedDetector detector() const {
    return CalibratedDetector::of_images(
        {.detector = "filter-complexity", .false_positive_rate = 0.1, .data = path("more.npy")}, 0);
  }
  std::string written(const std::string& format, const std::string& set) const {
    std::string text;
    write_verdicts(detector(), path(set), verdict_format(format),
                   [&](const std::string& part) { text += part; });
    return text;
  }
};

TEST_F(Written, IsOneDocumentAlsoOfNoImages) {
  const auto document = Json::parse(written("json", "few.npy"));
  EXPECT_EQ(document.at("images").size(), 20u);
  EXPECT_EQ(document.at("summary").at("images"), 20);
  const Detected none;
  EXPECT_EQ(summary_json(detector(), none).at("foreign"), 0);
  expect_contains(summary_text(detector(), none), {"0 of 0 images", "(filter-complexity; of familiar ones"});
  expect_contains(summary_text(detector(), {.images = 4, .foreign = 1}),
                  {"25.00 %, 95 % interval 4.56 to 69.94;", "at most 10 % would be"});
}

TEST_F(Written, IsNothingOfARequestThatFailsAtOnce) {
  std::string text;
  for (const char* format : {"text", "csv", "jsonl", "json"})
    expect_says(
        [&] {
          write_verdicts(detector(), path("missing.npy"), verdict_format(format),
                         [&](const std::string& part) { text += part; });
        },
        "no data set");
  EXPECT_EQ(text, "");
}

TEST_F(Written, ThePromiseSaysWhatItRestsOn) {
  const auto promise = guarantee(detector());
  expect_contains(promise.rate, {"at most 0.1", "calibration sets of 40", "exchangeable"});
  EXPECT_EQ(promise.unseen, "nothing in it was trained or fitted on what it was calibrated on");
  const auto json = to_json(detector(), "d.pf");
  EXPECT_EQ(json.at("guarantee"), promise.rate);
  EXPECT_EQ(json.at("calibrated_on").at("images"), 40);
  EXPECT_EQ(to_table(detector(), "d.pf").notes.size(), 3u);
}

TEST_F(Written, ARunWithoutADetectorIsToldHowToMakeOne) {
  detector().save(folder / "d.pf");
  EXPECT_EQ(CalibratedDetector::open(folder / "d.pf").calibrated_on().images, 40);
  expect_says([&] { CalibratedDetector::open(folder); }, "no run at");
  make_folder(folder / "run");
  write_file(folder / "run/config.toml", "");
  expect_says([&] { CalibratedDetector::open(folder / "run"); },
              "run has no detector: run `pushforward calibrate");
}

}  // namespace
}  // namespace pushforward::detection
