// Errors that a person can act on: what was expected, what was found, where.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace pushforward {

/// Something went wrong that the caller can explain to a person: one line, no trailing full stop.
/// The program exits with status 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The request itself was wrong (unknown name, value out of range). The program exits with status 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// Ctrl-C or SIGTERM, thrown after the state was saved. The program exits with status 130.
class Interrupted : public Error {
 public:
  using Error::Error;
};

/// throw fail("[idx] {}: expected magic {}, found {}", path, a, b);
template <typename... Args>
Error fail(fmt::format_string<Args...> format, Args&&... args) {
  return Error(fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
UsageError usage(fmt::format_string<Args...> format, Args&&... args) {
  return UsageError(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace pushforward

/// PF_CHECK(x.dim() == 2, "[linear] expected x [N, D], got {}", shape): throws Error with the message when
/// the condition is false.
#define PF_CHECK(condition, ...)                                            \
  do {                                                                      \
    if (!(condition)) throw ::pushforward::Error(fmt::format(__VA_ARGS__)); \
  } while (false)
