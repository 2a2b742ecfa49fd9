#include "pushforward/report/texts.h"

#include <gtest/gtest.h>

#include "pushforward/core/error.h"

namespace pushforward::report {
namespace {

template <typename Work>
std::string message_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Texts, FillSentencesIn) {
  const auto texts = Texts::parse("xx", "[a]\nb.c = \"{1:.1f} before {0}\"\nd = [\"one\", \"two {}\"]\n");
  EXPECT_EQ(texts("a.b.c", "x", 2.25), "2.2 before x");
  EXPECT_EQ(texts.paragraphs("a.d"), (std::vector<std::string>{"one", "two {}"}));
  EXPECT_EQ(texts.keys(), (std::vector<std::string>{"a.b.c", "a.d"}));
  EXPECT_EQ(message_of([&] { texts("a.b"); }), "[texts] xx has nothing for a.b");
  EXPECT_EQ(message_of([&] { texts("a.d"); }), "[texts] xx: expected one sentence as a.d, got 2");
  EXPECT_EQ(message_of([&] { texts("a.b.c", "x"); }).find("[texts] xx: a.b.c has a place that nothing fills"),
            0u);
}

TEST(Texts, RefuseWhatIsNoSentence) {
  EXPECT_EQ(message_of([] { Texts::parse("xx", "a = 1\n"); }),
            "[texts] xx: expected a sentence, or a list of them, as a");
  EXPECT_EQ(message_of([] { Texts::parse("xx", "a = \"x\"\nb = \n"); }).find("[texts] xx, line 2"), 0u);
  EXPECT_NE(message_of([] { Texts::of("latin"); }).find("unknown language latin"), std::string::npos);
}

/// A translation says all that English says, with as many paragraphs.
TEST(Texts, EveryLanguageSaysTheSame) {
  const auto& english = Texts::of("en");
  for (const auto& language : Texts::languages()) {
    const auto& texts = Texts::of(language);
    EXPECT_EQ(texts.keys(), english.keys()) << language;
    for (const auto& key : english.keys())
      EXPECT_EQ(texts.paragraphs(key).size(), english.paragraphs(key).size()) << language << ": " << key;
  }
}

}  // namespace
}  // namespace pushforward::report
