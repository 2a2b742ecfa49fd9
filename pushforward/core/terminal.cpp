#include "pushforward/core/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "pushforward/core/interrupt.h"
#include "pushforward/core/progress.h"
#include "pushforward/core/text.h"

namespace pushforward {
namespace {

bool is_terminal() {
  static const bool answer = ::isatty(STDERR_FILENO) == 1;
  return answer;
}

}  // namespace

Terminal& terminal() {
  static Terminal one;
  return one;
}

void Terminal::ended() {
  if (bar_drawn_) std::fputs("\r\033[K", stderr);
  bar_drawn_ = false;
}

void Terminal::say(const std::string& line) {
  if (is_quiet_) return;
  ended();
  std::fprintf(stderr, "%s\n", escaped(line).c_str());
}

void Terminal::show(const Stage& stage) {
  const auto now = Stage::Clock::now();
  if (is_quiet_) return;
  if (!is_terminal() && now - std::max(drawn_, stage.start) < std::chrono::seconds(10)) return;
  drawn_ = now;
  const double elapsed = std::chrono::duration<double>(now - stage.start).count();
  const double rate = static_cast<double>(stage.done) / elapsed;
  const double left = static_cast<double>(stage.total - stage.done) / rate;
  const auto label = escaped(stage.label),
             text = fmt::format("{}/{} {}  {:.3g}/s  {} left  {}", stage.done, stage.total, stage.unit, rate,
                                duration(std::max(0.0, left)), escaped(stage.note));
  if (!is_terminal()) {
    std::fprintf(stderr, "%s: %s\n", label.c_str(), text.c_str());
    return;
  }
  constexpr int width = 24;
  const double share =
      stage.total > 0 ? static_cast<double>(stage.done) / static_cast<double>(stage.total) : 1.0;
  const int filled = std::clamp(static_cast<int>(share * width), 0, width);
  std::fprintf(stderr, "\r\033[K%s [%s%s] %s", label.c_str(), std::string(filled, '#').c_str(),
               std::string(width - filled, '.').c_str(), text.c_str());
  std::fflush(stderr);
  bar_drawn_ = true;
}

bool Terminal::wants_stop() const {
  return signal_came();
}

}  // namespace pushforward
