#include "pushforward/report/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace pushforward::report {
namespace {

TEST(Text, EscapesEverythingThatMeansSomethingInHtml) {
  EXPECT_EQ(escape_html("<a href=\"x\" id='y'>&amp;</a>"),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
}

TEST(Text, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(printable("0.88 ± 0.01 – 図 🙂\n\t"), "0.88 ± 0.01 – 図 🙂\n\t");
  EXPECT_EQ(printable("a\xFF"
                      "b"),
            "a\uFFFDb");
  EXPECT_EQ(printable("cut \xE2\x80"), "cut \uFFFD\uFFFD");
  EXPECT_EQ(printable("overlong \xC0\xAF"), "overlong \uFFFD\uFFFD");
  EXPECT_EQ(printable("overlong \xE0\x80\xAF"), "overlong \uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(printable("surrogate \xED\xA0\x80"), "surrogate \uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(printable("beyond \xF4\x90\x80\x80"), "beyond \uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(printable("already \uFFFD!"), "already \uFFFD!");
}

TEST(Text, ReplacesControlCharacters) {
  EXPECT_EQ(printable(std::string("nul \0 esc \x1B[31m del \x7F", 21)),
            "nul \uFFFD esc \uFFFD[31m del \uFFFD");
  EXPECT_EQ(printable("C1 \xC2\x9B"), "C1 \uFFFD");
}

TEST(Text, MeasuresColumnsNotBytes) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("±–½"), 3u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("\u20661.5\u2069"), 3u) << "isolates take no column";
  EXPECT_EQ(display_width("漢字"), 4u);
  EXPECT_EQ(display_width("🙂"), 2u);
}

TEST(Text, ElidesAtCharactersNotBytes) {
  EXPECT_EQ(elided("abc", 3), "abc");
  EXPECT_EQ(elided("abcd", 3), "ab…");
  EXPECT_EQ(elided("±±±±", 3), "±±…");
  EXPECT_EQ(elided("漢字漢字", 4), "漢…");
  EXPECT_EQ(elided("", 3), "");
}

TEST(Text, Base64OfTheStandard) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xFB\xEF\xFF"), "++//");
}

TEST(Text, GroupsThousands) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(-999), "-999");
  EXPECT_EQ(with_thousands(1000), "1,000");
  EXPECT_EQ(with_thousands(-123456), "-123,456");
  EXPECT_EQ(with_thousands(std::numeric_limits<long long>::min()), "-9,223,372,036,854,775,808");
}

}  // namespace
}  // namespace pushforward::report
