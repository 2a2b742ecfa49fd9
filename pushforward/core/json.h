// JSON as the program speaks it: keys in the order they were written.
#pragma once

#include <nlohmann/json.hpp>

namespace pushforward {

using Json = nlohmann::ordered_json;

/// A finite number, or null: JSON has no NaN, and a missing value must not look like a zero.
inline Json finite_or_null(double value) {
  return value - value == 0 ? Json(value) : Json(nullptr);
}

}  // namespace pushforward
