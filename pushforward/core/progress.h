// Messages and progress for people, by way of this thread's host; results never go here.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>

#include "pushforward/core/host.h"

namespace pushforward {

/// One line to the host: on stderr, above the progress bar, where it is the terminal.
void say(const std::string& line);

template <typename... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
  say(fmt::format(format, std::forward<Args>(args)...));
}

/// Progress on long work.
///
///   Progress progress("train", steps);
///   for (…) progress.advance(1, fmt::format("loss {:.3f}", loss));
class Progress {
 public:
  Progress(std::string label, std::int64_t total, std::string unit = "steps");
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::int64_t count = 1, const std::string& note = "");

 private:
  Stage stage_;
  Stage::Clock::time_point shown_ = stage_.start;
};

/// 75 → "1m15s".
std::string duration(double seconds);

}  // namespace pushforward
