// Programs that do what a library would: text in, text out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pushforward::report {

struct Output {
  std::string text;      // what it wrote to its standard output
  std::string messages;  // and to its standard error
  int status = 0;        // as wait gives it: 0 where it ended well
};

/// Runs `program`, found along the path, with `input` as its standard input, to its end. Nothing where there
/// is no such program. Throws Error when it cannot be started.
std::optional<Output> run_program(const std::string& program, const std::vector<std::string>& arguments,
                                  std::string_view input);

}  // namespace pushforward::report
