// JSON as the program speaks it: keys in the order they were written.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace pushforward {

using Json = nlohmann::ordered_json;

/// A finite number, or null: JSON has no NaN, and a missing value must not look like a zero.
inline Json finite_or_null(double value) {
  return value - value == 0 ? Json(value) : Json(nullptr);
}

/// The document as text, with so many spaces a level; on one line for −1. Strings that are not UTF-8, as
/// names of files need not be, are written as `to_utf8` has them (core/text.h).
std::string to_text(const Json& document, int indent = -1);

}  // namespace pushforward
