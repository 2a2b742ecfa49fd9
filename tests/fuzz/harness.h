// What the fuzzers have in common: bytes become a file, and a reader gives what is in it or throws Error.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/core/terminal.h"

namespace pushforward::fuzz {

/// Writes the bytes to a file of this name, where no other process writes, and has `read` read it. Anything
/// that is thrown but Error ends the fuzzer, as do what sanitizers find, too much memory and too much time.
template <typename Read>
int feed(const std::uint8_t* data, std::size_t size, const std::string& name, const Read& read) {
  static const auto folder = [] {
    auto path = std::filesystem::temp_directory_path() / ("pushforward-fuzz-" + std::to_string(getpid()));
    std::filesystem::create_directories(path);
    terminal().set_quiet(true);
    return path;
  }();
  const auto path = folder / name;
  write_file(path, std::string_view(reinterpret_cast<const char*>(data), size));
  try {
    read(path);
  } catch (const Error&) {  // what a reader says of a file that it does not take
  }
  return 0;
}

}  // namespace pushforward::fuzz

/// Defines the fuzzer of `read`, a function of the path of a file called `name`.
#define PUSHFORWARD_FUZZER(name, read)                                                \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    return pushforward::fuzz::feed(data, size, name, read);                           \
  }
