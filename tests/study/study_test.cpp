#include "pushforward/study/study.h"

#include "tests/scratch_folder.h"
#include <gtest/gtest.h>

#include <csignal>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/core/interrupt.h"
#include "pushforward/lab/experiment.h"
#include "pushforward/ood/detector.h"
#include "pushforward/study/document.h"

namespace pushforward::study {
namespace {

class Study : public testing::Test, protected ScratchFolder {
 protected:
  Options options() const { return {.out = folder, .quick = true, .seed = 1, .language = "en"}; }
  std::string document() const { return read_file(folder / "study.html"); }

  /// A step that counts how often it was done.
  Step counting(const std::string& name) {
    return {name, 60, 1, [this, name](const Workshop& workshop) {
              ++done_;
              workshop.keep(name, Json::object());
            }};
  }
  static Step failing(const std::string& name) {
    return {name, 60, 1, [](const Workshop&) { throw fail("the <disk> is full"); }};
  }
  static Training few_points(std::vector<std::string> settings = {}) {
    for (const auto* one : {"train.epochs=1", "model.couplings=2", "model.hidden=4", "train.batch=5000"})
      settings.emplace_back(one);
    return {.preset = "spline-points", .quick_settings = std::move(settings)};
  }
  static Step the(const std::string& name) { return *std::ranges::find(steps(), name, &Step::name); }

  int done_ = 0;
};

TEST_F(Study, DoesWhatIsLeftAndNothingTwice) {
  run(options(), {counting("one"), counting("two")});
  EXPECT_EQ(done_, 2);
  const auto outcomes = run(options(), {counting("one"), counting("two"), counting("three")});
  EXPECT_EQ(done_, 3);
  EXPECT_EQ(outcomes.size(), 3u);
}

TEST_F(Study, NamesAStepThatFailsAndGoesOn) {
  const auto outcomes = run(options(), {failing("realnvp"), counting("two")});
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(outcomes.front().error, "the <disk> is full");
  EXPECT_NE(document().find("Not here: realnvp failed: the &lt;disk&gt; is full"), std::string::npos);
  run(options(), {counting("realnvp"), counting("two")});
  EXPECT_EQ(done_, 2) << "what failed is tried again";
}

TEST_F(Study, KeepsWhatWasDoneWhenItIsInterrupted) {
  Step stops{"two", 60, 1, [](const Workshop&) { throw Interrupted("stop"); }};
  EXPECT_THROW(run(options(), {counting("one"), stops}), Interrupted);
  run(options(), {counting("one"), counting("two")});
  EXPECT_EQ(done_, 2);
}

TEST_F(Study, SaysThatItsLedgerIsDamaged) {
  for (const char* text : {"{", "[]", R"({"study": {"seed": 1, "quick": true}, "steps": [{}]})"}) {
    write_file(folder / "steps.json", text);
    try {
      run(options(), {counting("one")});
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("steps.json is damaged: remove it"), std::string::npos);
    }
  }
}

TEST_F(Study, IsOneOfOneSeedLengthAndPrecisionFromItsFirstMoment) {
  const Step stops{"one", 60, 1, [](const Workshop&) { throw Interrupted("stop"); }};
  EXPECT_THROW(run(options(), {stops}), Interrupted);
  auto other = options();
  other.seed = 2;
  EXPECT_THROW(run(other, {counting("one")}), UsageError);
  other = options();
  other.quick = false;
  EXPECT_THROW(run(other, {counting("one")}), UsageError);
  other = options();
  other.precision = "bfloat16";
  EXPECT_THROW(run(other, {counting("one")}), UsageError);
  EXPECT_EQ(done_, 0);
}

TEST_F(Study, DoesAgainAStepWhoseWorkIsGone) {
  for (const auto* damage : {"", "{"}) {
    run(options(), {counting("one")});
    const auto before = done_;
    if (*damage == 0)
      std::filesystem::remove(folder / "found" / "one.json");
    else
      write_file(folder / "found" / "one.json", damage);
    run(options(), {counting("one")});
    EXPECT_EQ(done_, before + 1) << damage;
  }
}

TEST_F(Study, StopsAfterAStepThatDidNotHearCtrlC) {
  const Step deaf{"deaf", 60, 1, [](const Workshop&) { std::raise(SIGINT); }};
  catch_interrupts();
  EXPECT_THROW(run(options(), {deaf, counting("two")}), Interrupted);
  catch_interrupts();
  EXPECT_EQ(done_, 0);
  EXPECT_EQ(run(options(), {deaf, counting("two")}).size(), 2u) << "the first is done";
  EXPECT_EQ(done_, 1);
}

TEST_F(Study, RefusesARunThatWasBegunOtherwise) {
  const auto trains = [](const std::string& share) {
    return Step{"one", 60, 1, [share](const Workshop& workshop) {
                  workshop.train("few", few_points({"data.share=" + share}));
                }};
  };
  run(options(), {trains("0.5")});
  std::filesystem::remove(folder / "steps.json");  // as its owner is told where that is damaged
  EXPECT_EQ(run(options(), {trains("0.5")}).front().error, "");
  std::filesystem::remove(folder / "steps.json");
  EXPECT_NE(run(options(), {trains("0.4")}).front().error.find("another share of the images"),
            std::string::npos);
}

TEST_F(Study, NamesARunThatItLacksOrCannotRead) {
  const Step needs{"two", 60, 1, [](const Workshop& workshop) { workshop.open("few"); }};
  EXPECT_NE(run(options(), {needs}).front().error.find("few is needed, and not here"), std::string::npos);
  std::filesystem::create_directories(folder / "runs" / "few");
  write_file(folder / "runs" / "few" / "config.toml", "x=[");
  run(options(), {needs});
  EXPECT_NE(document().find("Error while parsing array"), std::string::npos) << "in the table of runs";
}

TEST_F(Study, ExpectsTheTimeThatStepsHaveBeenTaking) {
  Ledger ledger(options());
  const std::vector<Step> all{{"one", 60, 10, {}}, {"two", 60, 20, {}}};
  EXPECT_EQ(ledger.expected(all), 30);
  ledger.enter({.step = "one", .seconds = 25});
  EXPECT_EQ(ledger.expected(all), 50);
}

TEST_F(Study, ShowsAnExperimentInBothLanguages) {
  const auto contraction = the("lab-contraction");
  run(options(), {contraction});
  const auto heading = [&](const char* language) { return report::Texts::of(language)("lab.checks.title"); };
  auto other = options();
  other.language = "fa";
  run(other, {contraction});
  EXPECT_NE(document().find("<html lang=\"fa\" dir=\"rtl\">"), std::string::npos);
  EXPECT_TRUE(std::filesystem::exists(part_of(options(), "lab-contraction")));
  EXPECT_NE(read_file(part_of(other, "lab-contraction")).find(heading("fa")), std::string::npos);
}

TEST_F(Study, AnswersAClaimByTheChecksOfAnExperiment) {
  run(options(), {the("lab-distances")});
  EXPECT_NE(document().find("45 of 45 numbers agree with what is expected"), std::string::npos);
  EXPECT_EQ(document().find("has no check"), std::string::npos);
}

/// What became of a claim that does not hold, in a quick study or a full one.
TEST_F(Study, RefutesNothingOfATrainingThatWasCutShort) {
  for (const bool quick : {true, false}) {
    auto cut = options();
    cut.quick = quick;
    const Workshop workshop(cut);
    report::HtmlReport page("", "", workshop.texts);
    Document document(workshop, page);
    document.claim("gain", false, "Measured.", About::training);
    document.claim("gain", true, "Measured.", About::training);
    document.claim("gain", false, "Measured.");
    EXPECT_EQ(document.claims()[0].answer, quick ? Answer::untestable : Answer::refuted);
    EXPECT_EQ(document.claims()[0].evidence.size() > std::string("Measured.").size(), quick);
    EXPECT_EQ(document.claims()[1].answer, Answer::confirmed);
    EXPECT_EQ(document.claims()[2].answer, Answer::refuted) << "which is no training's fault";
  }
}

TEST_F(Study, SaysWhatTheChecksOfAClaimMeasured) {
  const Workshop workshop(options());
  const auto check = [](const char* name, double measured, bool agrees) {
    return Json{{"name", name},          {"what", "slope"}, {"measured", measured},
                {"relation", "at most"}, {"formula", 2},    {"agrees", agrees}};
  };
  workshop.keep("lab-distances", {{"checks", {check("a", 1.5, true), check("", 2.5, false)}}});
  report::HtmlReport page("", "", workshop.texts);
  Document document(workshop, page);
  document.claim_of_experiment("distances", "distances", "a");
  EXPECT_EQ(document.claims()[0].answer, Answer::confirmed);
  EXPECT_NE(document.claims()[0].evidence.find("slope: 1.5 (expected ≤ 2)"), std::string::npos);
  document.claim_of_experiment("distances", "distances");
  EXPECT_EQ(document.claims()[1].answer, Answer::refuted);
  EXPECT_NE(document.claims()[1].evidence.find("slope: 2.5 (expected ≤ 2)"), std::string::npos);
  EXPECT_EQ(document.claims()[1].evidence.find("1.5"), std::string::npos) << "only what disagrees";
  EXPECT_THROW(document.claim_of_experiment("distances", "distances", "b"), Error);
}

TEST_F(Study, ChangesItsNumbersWithTheSeed) {
  const auto measured = [&](std::uint64_t seed) {
    auto seeded = options();
    seeded.out /= std::to_string(seed);
    seeded.seed = seed;
    run(seeded, {the("lab-log-determinants")});
    return Workshop(seeded).found("lab-log-determinants").at("checks");
  };
  EXPECT_NE(measured(1), measured(2));
}

TEST_F(Study, TrainsInThePrecisionAskedForAndSaysSo) {
  auto rounded = options();
  rounded.precision = "bfloat16";
  const Step trains{"one", 60, 1, [](const Workshop& workshop) { workshop.train("few", few_points()); }};
  run(rounded, {trains});
  EXPECT_NE(document().find("--precision bfloat16"), std::string::npos);
  EXPECT_NE(document().find("<td>few</td><td>bfloat16</td>"), std::string::npos);
}

/// But for those that the study's runs cannot answer: of an ensemble, and of a density that is corrected.
TEST(StudyDetectors, AreAllExplained) {
  const std::vector<std::string> unasked{"waic", "discriminator", "corrected"};
  for (const auto& detector : ood::kinds()) {
    const std::string name = detector.name;
    if (std::ranges::count(unasked, name) > 0) continue;
    for (const auto* language : {"en", "fa"})
      EXPECT_FALSE(report::Texts::of(language)("study.detectors.of." + name).empty());
  }
}

TEST(StudySteps, AreNeededByTheirNamesAndComeInOrder) {
  for (const auto& chapter : chapters())
    for (const auto& need : chapter.needs)
      EXPECT_EQ(std::ranges::count(steps(), need, &Step::name), 1) << chapter.name << " needs " << need;
}

}  // namespace
}  // namespace pushforward::study
