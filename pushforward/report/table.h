// One table, four renderings: terminal, Markdown, HTML, JSON.
#pragma once

#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include "pushforward/core/json.h"

namespace pushforward::report {

/// What stands in a cell: the text that people read and the value that programs do.
struct Cell {
  std::string text;
  Json value;

  Cell() : text("–") {}  ///< nothing to report: "–", null
  Cell(std::string words) : text(std::move(words)), value(text) {}
  Cell(const char* words) : Cell(std::string(words)) {}
  Cell(bool yes) : text(yes ? "yes" : "no"), value(yes) {}
  template <std::integral Int>
  Cell(Int count) : Cell(static_cast<long long>(count)) {}
  Cell(long long count);              ///< "60,000"
  Cell(double number, int decimals);  ///< not finite: "–", "inf" or "-inf", and null
  /// "0.880 ± 0.005", without a half-width that is not finite; {"value": 0.88, "half_width95": 0.005}
  static Cell interval(double value, double half_width95, int decimals);
};

enum class Align { kLeft, kRight };

struct Column {
  std::string name;
  std::string unit = {};  ///< shown as "name (unit)"
  Align align = Align::kRight;
};

struct Table {
  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows = {};
  std::vector<std::string> notes = {};
};

/// Each throws Error when a row is not as long as the columns, or two columns share a name.
std::string to_text(const Table& table);      ///< aligned by display width, ruled, ends in a newline
std::string to_markdown(const Table& table);  ///< GitHub's pipe table, everything escaped
std::string to_html(const Table& table);      ///< <figure class="table">…</figure>, everything escaped
/// {"title", "units": {name: unit}, "rows": [{name: value}], "notes"}
Json to_json(const Table& table);

}  // namespace pushforward::report
