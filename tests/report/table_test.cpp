#include "pushforward/report/table.h"

#include "tests/report/scratch_folder.h"
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "pushforward/core/file.h"

namespace pushforward::report {
namespace {

Table example() {
  return {
      .title = "Which sets | it takes for <clothes>",
      .columns = {{"data set", "", Align::kLeft}, {"images"}, {"mean log p", "nats"}, {"AUROC"}, {"seen"}},
      .rows = {{"FashionMNIST test", 10000, {1622.25, 1}, {}, true},
               {"MNIST_test", std::int64_t{10000}, {1001.5, 1}, Cell::interval(0.88, 0.0054, 3), false},
               {"漢字 & *co*", 100, {-1348.5, 1}, Cell::interval(0.9731, 0.012, 3), false},
               {"line\nbreak", 0, {NAN, 1}, Cell::interval(INFINITY, NAN, 3), false}},
      .notes = {"Intervals are 95 %; ties count ½.", "Seeds: 0 – 2."}};
}

// Golden text files: when a rendering is meant to change, copy the actual text that the failure prints.
std::string golden(const std::string& name) {
  return read_file(std::string(PUSHFORWARD_TESTS_DIR) + "/report/golden/" + name);
}

TEST(Table, TextAsInTheGolden) {
  EXPECT_EQ(to_text(example()), golden("table.txt"));
}
TEST(Table, MarkdownAsInTheGolden) {
  EXPECT_EQ(to_markdown(example()), golden("table.md"));
}
TEST(Table, HtmlAsInTheGolden) {
  EXPECT_EQ(to_html(example()), golden("table.html"));
}
TEST(Table, JsonAsInTheGolden) {
  EXPECT_EQ(to_json(example()).dump(2) + "\n", golden("table.json"));
}

TEST(Table, JsonKeepsFullPrecision) {
  const Table table{"", {{"x"}}, {{{1.0 / 3, 2}}}};
  EXPECT_EQ(to_json(table)["rows"][0]["x"].get<double>(), 1.0 / 3);
}

TEST(Table, JsonOfHostileNamesCanBeWritten) {
  const Table table{"\xFF", {{"\xFE"}}, {{"\xFD"}}, {"\xFC"}};
  EXPECT_NE(to_json(table).dump().find("\uFFFD"), std::string::npos);
}

TEST(Table, AnEmptyTableHasHeadings) {
  const Table table{"", {{"a", "", Align::kLeft}, {"b"}}};
  EXPECT_EQ(to_text(table), "a      b\n───  ───\n");
  EXPECT_EQ(to_markdown(table), "| a   |   b |\n| :-- | --: |\n");
}

TEST(Table, RefusesRaggedRowsAndTwinColumns) {
  EXPECT_NE(message_of([] {
              to_text({"t", {{"a"}, {"b"}}, {{1}}});
            }).find("expected 2 cells in each row, got 1"),
            std::string::npos);
  EXPECT_NE(message_of([] {
              to_json({"t", {{"a"}, {"a"}}});
            }).find("two columns are named a"),
            std::string::npos);
}

}  // namespace
}  // namespace pushforward::report
