// Messages and progress for people, on stderr; results never go here.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace pushforward {

/// One line on stderr (above the progress bar, when one is drawn).
void say(const std::string& line);

template <typename... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
  say(fmt::format(format, std::forward<Args>(args)...));
}

/// Silences `say` and Progress (the program's --quiet).
void set_quiet(bool quiet);

/// Progress on long work: a bar with rate, time left and a note on a terminal; elsewhere a plain line at
/// most every ten seconds.
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
  using Clock = std::chrono::steady_clock;
  void draw(Clock::time_point now);

  std::string label_, unit_, note_;
  std::int64_t total_, done_ = 0;
  Clock::time_point start_ = Clock::now(), drawn_ = start_;
};

/// 75 → "1m15s".
std::string duration(double seconds);

}  // namespace pushforward
