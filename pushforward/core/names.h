// Names that people type, and what they probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pushforward {

/// The candidate that the fewest slips lead to (a letter too many, too few, another, or two swapped), or ""
/// when none is near: one slip for every three letters, of a key "section.name" those after the dot.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

/// ", did you mean realnvp?" or "".
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

/// Throws UsageError: "unknown objective wasserstien: expected one of …, did you mean wasserstein?".
[[noreturn]] void unknown_name(const char* what, std::string_view name,
                               const std::vector<std::string>& candidates);

/// The names of a table, whose rows have a `name`.
template <typename Table>
std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const auto& row : table) names.emplace_back(row.name);
  return names;
}

/// The row of that name. Throws as unknown_name.
template <typename Table>
const auto& find_named(const Table& table, std::string_view name, const char* what) {
  for (const auto& row : table)
    if (name == row.name) return row;
  unknown_name(what, name, names_of(table));
}

}  // namespace pushforward
