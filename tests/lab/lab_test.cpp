#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "pushforward/core/error.h"
#include "pushforward/data/registry.h"
#include "pushforward/lab/experiment.h"

namespace pushforward::lab {
namespace {

const report::Texts& english() {
  return report::Texts::of("en");
}

/// What an experiment finds, once; nothing where the images that it takes are not here.
const std::optional<Findings>& found_by(const Experiment& one) {
  static std::map<std::string, std::optional<Findings>> all;
  if (const auto known = all.find(one.name); known != all.end()) return known->second;
  try {
    return all[one.name] = run(one, {.seed = 1, .quick = true}, english());
  } catch (const UsageError&) {
    if (data::locate("fashion-mnist", "train") && data::locate("fashion-mnist", "test")) throw;
    return all[one.name] = std::nullopt;
  }
}

class EveryExperiment : public testing::TestWithParam<Experiment> {};

/// Each claim holds, and would not if a formula were wrong: by a tenth and a bit where it gives a number, in
/// its sign.
TEST_P(EveryExperiment, AgreesWithItsFormulasAndNoOthers) {
  if (!found_by(GetParam()))
    GTEST_SKIP() << GetParam().name << ": fashion-mnist is not along $PUSHFORWARD_DATA";
  const auto& found = *found_by(GetParam());
  ASSERT_FALSE(found.checks.empty());
  for (const auto& check : found.checks) {
    EXPECT_TRUE(check.holds()) << check.what << ": " << check.measured << " for " << check.expected;
    if (check.relation != Check::Relation::equal) continue;
    auto broken = check;
    broken.expected = check.expected == 0 ? 0.05 : 1.15 * check.expected;
    EXPECT_FALSE(broken.holds()) << check.what << " would not notice a wrong formula";
    broken.expected = check.expected == 0 ? -0.05 : 0.85 * check.expected;
    EXPECT_FALSE(broken.holds()) << check.what << " would not notice a wrong formula";
  }
  EXPECT_TRUE(found.agree());
}

TEST_P(EveryExperiment, IsWrittenAsAPageAndAsJson) {
  if (!found_by(GetParam()))
    GTEST_SKIP() << GetParam().name << ": fashion-mnist is not along $PUSHFORWARD_DATA";
  const auto& found = *found_by(GetParam());
  report::HtmlReport page("lab");
  append(page, GetParam(), found, english());
  EXPECT_NE(page.html().find("Measured and by the formula"), std::string::npos);
  EXPECT_NE(page.html().find(found.scale), std::string::npos);
  const auto json = to_json(GetParam(), {.seed = 1, .quick = true}, found);
  EXPECT_EQ(json.at("experiment"), GetParam().name);
  EXPECT_EQ(json.at("checks").size(), found.checks.size());
  EXPECT_TRUE(json.at("agrees").get<bool>());
}

INSTANTIATE_TEST_SUITE_P(Lab, EveryExperiment, testing::ValuesIn(experiments()), [](const auto& one) {
  auto name = one.param.name;
  std::erase(name, '-');
  return name;
});

TEST(Check, HoldsByItsRelation) {
  using Relation = Check::Relation;
  const auto holds = [](double measured, Relation relation) {
    return Check{.what = "x", .measured = measured, .expected = 1, .error = 0.1, .relation = relation}
        .holds();
  };
  EXPECT_TRUE(holds(1.05, Relation::equal));
  EXPECT_FALSE(holds(1.2, Relation::equal));
  EXPECT_FALSE(holds(0.8, Relation::equal));
  EXPECT_TRUE(holds(0.5, Relation::at_most));
  EXPECT_FALSE(holds(1.2, Relation::at_most));
  EXPECT_TRUE(holds(7, Relation::at_least));
  EXPECT_FALSE(holds(0.8, Relation::at_least));
  for (const auto relation : {Relation::equal, Relation::at_most, Relation::at_least})
    EXPECT_FALSE(holds(std::numeric_limits<double>::quiet_NaN(), relation));
}

TEST(Lab, ChangesWithTheSeedAndNotWithoutIt) {
  const auto& one = experiment("log-determinants");
  const auto measured = [&](std::uint64_t seed) {
    return run(one, {.seed = seed, .quick = true}, english()).checks.back().measured;
  };
  EXPECT_EQ(measured(1), measured(1));
  EXPECT_NE(measured(1), measured(2));
}

TEST(Lab, SaysWhichExperimentsThereAre) {
  try {
    experiment("contractoin");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean contraction?"), std::string::npos);
  }
}

}  // namespace
}  // namespace pushforward::lab
