#include "pushforward/core/config.h"

#include <gtest/gtest.h>

#include "pushforward/core/error.h"

namespace pushforward {
namespace {

std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Config, ReadsTypedValuesAndDefaults) {
  auto config =
      Config::parse("seed = 7\n[train]\nepochs = 3\nlearning_rate = 1\nname = \"x\"\nema = true\n", "a.toml");
  EXPECT_EQ(config.get_int("seed", 0, {}), 7);
  EXPECT_EQ(config.get_int("train.epochs", 10, {.min = 1}), 3);
  EXPECT_DOUBLE_EQ(config.get_double("train.learning_rate", 0.1, {}), 1.0);
  EXPECT_EQ(config.get_string("train.name", ""), "x");
  EXPECT_TRUE(config.get_bool("train.ema", false));
  EXPECT_EQ(config.get_int("train.batch", 128, {}), 128);
  config.check_all_read();
  EXPECT_EQ(config.resolved(),
            "seed = 7\n\n[train]\nbatch = 128\nema = true\nepochs = 3\nlearning_rate = 1.0\nname = 'x'\n");
}

TEST(Config, ResolvedTextReadsBackTheSame) {
  auto config = Config::parse("[a]\nx = 1e-3\ny = \"quote \\\" and \\\\ back\"\nz = -4\n", "a.toml");
  config.get_double("a.x", 0, {});
  config.get_string("a.y", "");
  config.get_int("a.z", 0, {});
  auto again = Config::parse(config.resolved(), "b.toml");
  again.get_double("a.x", 0, {});
  again.get_string("a.y", "");
  again.get_int("a.z", 0, {});
  EXPECT_EQ(again.values(), config.values());
}

TEST(Config, IsNotChangedByReading) {
  const auto config = Config::parse("[train]\nepochs = 3\n", "a.toml");
  EXPECT_EQ(config.get_double("train.epochs", 10, {}), 3);
  EXPECT_EQ(config.get_int("train.batch", 128, {}), 128);
  EXPECT_FALSE(config.has("train.batch"));
  EXPECT_TRUE(config.differences(Config::parse("[train]\nepochs = 3\n", "b.toml")).empty());
  auto copy = config;
  copy.set("train.batch=64");
  EXPECT_EQ(copy.resolved(), "\n[train]\nbatch = 64\nepochs = 3.0\n")
      << "what is set after it was read counts";
  EXPECT_EQ(config.resolved(), "\n[train]\nbatch = 128\nepochs = 3.0\n");
}

TEST(Config, SaysWhatDiffers) {
  const auto before = Config::parse("[a]\nsame = 1\nx = 2\ngone = true\n", "before");
  const auto after = Config::parse("[a]\nnew = \"n\"\nsame = 1\nx = 2.0\n", "after");
  const auto differences = after.differences(before);
  ASSERT_EQ(differences.size(), 3u);
  EXPECT_EQ(differences[0].key, "a.gone");
  EXPECT_EQ(differences[0].value, std::nullopt);
  EXPECT_EQ(differences[0].text(), "a.gone = not set, was true");
  EXPECT_EQ(differences[1].text(), "a.new = 'n', was not set");
  EXPECT_EQ(differences[2].value, Config::Value(2.0));
  EXPECT_EQ(differences[2].text(), "a.x = 2.0, was 2");
}

TEST(Config, NamesTheNearestKey) {
  auto config = Config::parse("[train]\nepoch = 3\n", "a.toml");
  config.get_int("train.epochs", 10, {});
  EXPECT_EQ(message([&] { config.check_all_read(); }),
            "a.toml: unknown key train.epoch, did you mean train.epochs?");
}

TEST(Config, RefusesWrongTypesRangesAndSyntax) {
  auto config = Config::parse("[train]\nepochs = \"many\"\nbatch = 0\nrate = nan\n", "a.toml");
  EXPECT_EQ(message([&] { config.get_int("train.epochs", 10, {}); }),
            "train.epochs = 'many': expected a whole number");
  EXPECT_EQ(message([&] { config.get_int("train.batch", 1, {.min = 1}); }),
            "train.batch = 0: must be at least 1");
  EXPECT_EQ(message([&] { config.get_double("train.rate", 1, {.min = 0}); }),
            "train.rate = nan: must be at least 0");
  EXPECT_EQ(message([&] { Config::parse("[train\n", "a.toml"); }).substr(0, 9), "a.toml:1:");
  EXPECT_EQ(message([&] {
              config.get_choice("train.kind", "adma", {"adam", "rmsprop"});
            }),
            "train.kind = \"adma\": expected one of adam, rmsprop, did you mean adam?");
}

TEST(Config, SetTakesTomlValuesAndBareWords) {
  Config config;
  config.set("a.i=3");
  config.set("a.d = 1e-4");
  config.set("a.w=adam");
  config.set("a.b=true");
  config.set("a.q=\"two words\"");
  config.set("a.nine=e9");  // Looks like part of a number, is a word.
  EXPECT_EQ(config.get_int("a.i", 0, {}), 3);
  EXPECT_DOUBLE_EQ(config.get_double("a.d", 0, {}), 1e-4);
  EXPECT_EQ(config.get_string("a.w", ""), "adam");
  EXPECT_TRUE(config.get_bool("a.b", false));
  EXPECT_EQ(config.get_string("a.q", ""), "two words");
  EXPECT_EQ(config.get_string("a.nine", ""), "e9");
  EXPECT_EQ(message([&] { config.set("epochs"); }), "--set epochs: expected key=value");
}

}  // namespace
}  // namespace pushforward
