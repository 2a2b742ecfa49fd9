#include "pushforward/report/formula.h"

#include <gtest/gtest.h>

#include "pushforward/core/error.h"
#include "pushforward/report/process.h"
#include "pushforward/report/texts.h"

namespace pushforward::report {
namespace {

class Formula : public testing::Test {
 protected:
  void SetUp() override {
    if (!run_program("blahtexml", {"--mathml"}, "x")) GTEST_SKIP() << "blahtexml is not installed";
  }
};

TEST_F(Formula, BecomesMathml) {
  const auto made = to_mathml("\\frac{a}{b} < \\sqrt{x}");
  EXPECT_EQ(made.find("<math display=\"block\""), 0u);
  EXPECT_NE(made.find("<mfrac><mi>a</mi><mi>b</mi></mfrac>"), std::string::npos);
  EXPECT_NE(made.find("&lt;"), std::string::npos);
}

TEST_F(Formula, ThatCannotBeReadSaysWhy) {
  try {
    to_mathml("\\frac{a}{");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("Encountered open brace"), std::string::npos) << error.what();
  }
}

/// Every formula of every text.
TEST_F(Formula, OfTheTextsCanAllBeRead) {
  for (const auto& language : Texts::languages()) {
    const auto& texts = Texts::of(language);
    for (const auto& key : texts.keys())
      for (const auto& text : texts.paragraphs(key))
        if (text.starts_with('$')) {
          EXPECT_NO_THROW(to_mathml(text.substr(1))) << language << ": " << key;
        }
  }
}

TEST(Process, TakesTextAndGivesItBack) {
  const auto output = run_program("cat", {}, "some text");
  ASSERT_TRUE(output.has_value());
  EXPECT_EQ(output->text, "some text");
  EXPECT_EQ(output->status, 0);
  EXPECT_FALSE(run_program("no-such-program-of-ours", {}, "").has_value());
}

}  // namespace
}  // namespace pushforward::report
