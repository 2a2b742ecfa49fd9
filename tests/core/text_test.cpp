#include "pushforward/core/text.h"

#include <gtest/gtest.h>

#include "pushforward/core/config.h"
#include "pushforward/core/json.h"

namespace pushforward {
namespace {

TEST(EscapedText, StaysOnItsLineAndMovesNoCursor) {
  EXPECT_EQ(escaped("0.88 ± 0.01 – 図 🙂"), "0.88 ± 0.01 – 図 🙂");
  EXPECT_EQ(escaped("a\nb\t\x1b[31m\x7f"), "a\\nb\\t\\x1b[31m\\x7f");
  EXPECT_EQ(escaped("C1 \xC2\x9B!"), "C1 \\x9b!");
  EXPECT_EQ(escaped("cut \xE2\x80"), "cut \\xe2\\x80");
  EXPECT_EQ(escaped("already \uFFFD"), "already \uFFFD");
}

TEST(Utf8, HoldsAnyBytes) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (const std::string& bytes :
       {all, std::string("r\xE9sum\xE9.png"), std::string("\xEE\xBE\xA9 U+EFA9 itself"), std::string("図"),
        std::string("\xED\xA0\x80 a surrogate"), std::string()})
    EXPECT_EQ(from_utf8(to_utf8(bytes)), bytes);
  EXPECT_EQ(to_utf8("r\xE9sum\xC3\xA9"), "r\uEFE9sumé");
  EXPECT_NE(to_utf8("\xFF.png"), to_utf8("\xFE.png"));
}

TEST(Utf8, IsWhatJsonAndTomlHold) {
  const Json document{{"image", "\xFF.png"}, {"all", {"a", "\xFE"}}};
  const auto back = Json::parse(to_text(document));
  EXPECT_EQ(from_utf8(back.at("image").get<std::string>()), "\xFF.png");
  EXPECT_EQ(from_utf8(back.at("all").at(1).get<std::string>()), "\xFE");
  EXPECT_EQ(to_text({{"a", 1}}), "{\"a\":1}");
  const std::string own = "\uEFA9";  // as text, not as a byte
  EXPECT_EQ(from_utf8(Json::parse(to_text({{"a", own}})).at("a").get<std::string>()), own);

  auto config = Config::parse("", "empty");
  config.set("data.name",
             "r\xE9"
             "al/");
  config.get_string("data.name", "");
  EXPECT_EQ(Config::parse(config.resolved(), "again").get_string("data.name", ""),
            "r\xE9"
            "al/");
  auto typed = Config::parse("", "empty");
  typed.set("data.name=" + to_text("r\xE9"
                                   "al"));
  EXPECT_EQ(typed.get_string("data.name", ""),
            "r\xE9"
            "al");
}

}  // namespace
}  // namespace pushforward
