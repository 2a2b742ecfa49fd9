#include "pushforward/report/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <string_view>

#include "pushforward/core/error.h"
#include "pushforward/report/text.h"

namespace pushforward::report {
namespace {

void check(const Table& table) {
  std::set<std::string> names;
  for (const Column& column : table.columns)
    PF_CHECK(names.insert(column.name).second, "[table] {}: two columns are named {}", table.title,
             column.name);
  for (const auto& row : table.rows)
    PF_CHECK(row.size() == table.columns.size(), "[table] {}: expected {} cells in each row, got {}",
             table.title, table.columns.size(), row.size());
}

std::string heading(const Column& column) {
  return column.unit.empty() ? column.name : fmt::format("{} ({})", column.name, column.unit);
}

// A table is lines of cells: a line break inside a cell would tear it.
std::string one_line(std::string_view text) {
  std::string out = printable(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return out;
}

std::string escape_markdown(std::string_view text) {
  std::string out;
  for (const char c : one_line(text)) {
    if (std::string_view("\\|`*_[]<>#~").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

using Escape = std::function<std::string(std::string_view)>;
using Lines = std::vector<std::vector<std::string>>;

// The headings, then the rows.
Lines lines(const Table& table, const Escape& escape) {
  Lines out(1);
  for (const Column& column : table.columns) out[0].push_back(escape(heading(column)));
  for (const auto& row : table.rows) {
    out.emplace_back();
    for (const Cell& cell : row) out.back().push_back(escape(cell.text));
  }
  return out;
}

std::vector<std::size_t> widths(const Lines& lines) {
  std::vector<std::size_t> out(lines[0].size(), 3);
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) out[i] = std::max(out[i], display_width(line[i]));
  return out;
}

std::string padded(const std::string& text, std::size_t width, Align align) {
  const std::string space(width - display_width(text), ' ');
  return align == Align::kLeft ? text + space : space + text;
}

std::string joined(const std::vector<std::string>& cells, std::string_view separator) {
  return fmt::format("{}", fmt::join(cells, separator));
}

std::string without_trailing_space(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

Cell::Cell(long long count) : text(with_thousands(count)), value(count) {}

Cell::Cell(double number, int decimals)
    : text(std::isnan(number) ? "–" : fmt::format("{:.{}f}", number, decimals)),
      value(finite_or_null(number)) {}

Cell Cell::interval(double value, double half_width95, int decimals) {
  Cell cell(value, decimals);
  if (std::isfinite(half_width95)) cell.text += fmt::format(" ± {:.{}f}", half_width95, decimals);
  cell.value = Json{{"value", finite_or_null(value)}, {"half_width95", finite_or_null(half_width95)}};
  return cell;
}

std::string to_text(const Table& table) {
  check(table);
  const Lines all = lines(table, one_line);
  const std::vector<std::size_t> wide = widths(all);
  std::string out = table.title.empty() ? "" : one_line(table.title) + "\n\n";
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<std::string> cells, rules;
    for (std::size_t j = 0; j < wide.size(); ++j) {
      cells.push_back(padded(all[i][j], wide[j], table.columns[j].align));
      std::string rule;
      for (std::size_t k = 0; k < wide[j]; ++k) rule += "─";
      rules.push_back(rule);
    }
    out += without_trailing_space(joined(cells, "  ")) + "\n";
    if (i == 0) out += joined(rules, "  ") + "\n";
  }
  if (!table.notes.empty()) out += "\n";
  for (const std::string& note : table.notes) out += one_line(note) + "\n";
  return out;
}

std::string to_markdown(const Table& table) {
  check(table);
  const Lines all = lines(table, escape_markdown);
  const std::vector<std::size_t> wide = widths(all);
  std::string out = table.title.empty() ? "" : fmt::format("**{}**\n\n", escape_markdown(table.title));
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<std::string> cells, rules;
    for (std::size_t j = 0; j < wide.size(); ++j) {
      const Align align = table.columns[j].align;
      cells.push_back(padded(all[i][j], wide[j], align));
      const std::string dashes(wide[j] - 1, '-');
      rules.push_back(align == Align::kLeft ? fmt::format(":{}", dashes) : fmt::format("{}:", dashes));
    }
    out += fmt::format("| {} |\n", joined(cells, " | "));
    if (i == 0) out += fmt::format("| {} |\n", joined(rules, " | "));
  }
  for (const std::string& note : table.notes) out += fmt::format("\n{}\n", escape_markdown(note));
  return out;
}

/// Bytes beyond which a cell of words is one that wraps.
constexpr std::size_t sentence = 40;

std::string to_html(const Table& table) {
  check(table);
  Lines all = lines(table, escape_html);
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    for (std::size_t j = 0; j < table.columns.size(); ++j)
      if (!table.rows[i][j].value.is_string() && all[i + 1][j][0] == '-') all[i + 1][j].replace(0, 1, "−");
  std::string out = "<figure class=\"table\">\n";
  if (!table.title.empty()) out += fmt::format("<figcaption>{}</figcaption>\n", escape_html(table.title));
  out += "<div class=\"scroll\">\n<table>\n";
  for (std::size_t i = 0; i < all.size(); ++i) {
    out += i == 0 ? "<thead><tr>" : i == 1 ? "<tbody>\n<tr>" : "<tr>";
    for (std::size_t j = 0; j < all[i].size(); ++j) {
      const bool words = table.columns[j].align == Align::kLeft;
      const auto* kind = !words                                 ? " class=\"number\""
                         : i > 0 && all[i][j].size() > sentence ? " class=\"sentence\""
                                                                : "";
      out += fmt::format("<{0}{1}>{2}</{3}>", i == 0 ? "th scope=\"col\"" : "td", kind, all[i][j],
                         i == 0 ? "th" : "td");
    }
    out += i == 0 ? "</tr></thead>\n" : "</tr>\n";
  }
  if (all.size() > 1) out += "</tbody>\n";
  out += "</table>\n</div>\n";
  for (const std::string& note : table.notes)
    out += fmt::format("<p class=\"note\">{}</p>\n", escape_html(note));
  return out + "</figure>\n";
}

Json to_json(const Table& table) {
  check(table);
  Json out{{"title", printable(table.title)}, {"units", Json::object()}, {"rows", Json::array()}};
  for (const Column& column : table.columns)
    if (!column.unit.empty()) out["units"][printable(column.name)] = printable(column.unit);
  for (const auto& row : table.rows) {
    Json line = Json::object();
    for (std::size_t j = 0; j < row.size(); ++j)
      line[printable(table.columns[j].name)] =
          row[j].value.is_string() ? Json(printable(row[j].value.get<std::string>())) : row[j].value;
    out["rows"].push_back(std::move(line));
  }
  out["notes"] = Json::array();
  for (const std::string& note : table.notes) out["notes"].push_back(printable(note));
  return out;
}

}  // namespace pushforward::report
