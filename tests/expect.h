// What an Error says.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "pushforward/core/error.h"

namespace pushforward {

inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// The message of the Error that `action` throws, which is one line; "no error" when it throws none.
inline std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    EXPECT_LT(text.size(), 1000u);
    return text;
  }
  return "no error";
}

inline void expect_contains(const std::string& text, const std::vector<std::string>& parts) {
  for (const auto& part : parts)
    EXPECT_NE(text.find(part), std::string::npos) << text << "\n  lacks: " << part;
}

/// `action` throws an Error that says `part`.
inline void expect_says(const std::function<void()>& action, const std::string& part) {
  expect_contains(message(action), {part});
}

/// `action` throws a UsageError, the request being wrong, that says `part`.
inline void expect_usage(const std::function<void()>& action, const std::string& part) {
  EXPECT_THROW(action(), UsageError);
  expect_says(action, part);
}

}  // namespace pushforward
