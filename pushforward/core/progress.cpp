#include "pushforward/core/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace pushforward {
namespace {

bool is_quiet = false;
bool bar_drawn = false;

bool terminal() {
  static const bool answer = ::isatty(STDERR_FILENO) == 1;
  return answer;
}

void clear_bar() {
  if (bar_drawn) std::fputs("\r\033[K", stderr);
  bar_drawn = false;
}

}  // namespace

void set_quiet(bool quiet) {
  is_quiet = quiet;
}

void say(const std::string& line) {
  if (is_quiet) return;
  clear_bar();
  std::fprintf(stderr, "%s\n", line.c_str());
}

std::string duration(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  const auto total = static_cast<std::int64_t>(std::llround(seconds));
  if (total < 60) return fmt::format("{}s", total);
  if (total < 3600) return fmt::format("{}m{:02}s", total / 60, total % 60);
  return fmt::format("{}h{:02}m", total / 3600, total / 60 % 60);
}

Progress::Progress(std::string label, std::int64_t total, std::string unit)
    : label_(std::move(label)), unit_(std::move(unit)), total_(total) {}

Progress::~Progress() {
  clear_bar();
}

void Progress::advance(std::int64_t count, const std::string& note) {
  done_ += count;
  if (!note.empty()) note_ = note;
  const auto now = Clock::now();
  const auto every = terminal() ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10'000);
  if (now - drawn_ >= every) draw(now);
}

void Progress::draw(Clock::time_point now) {
  drawn_ = now;
  if (is_quiet) return;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double rate = static_cast<double>(done_) / elapsed;
  const double left = static_cast<double>(total_ - done_) / rate;
  const double share = total_ > 0 ? static_cast<double>(done_) / static_cast<double>(total_) : 1.0;
  const std::string text = fmt::format("{}/{} {}  {:.3g}/s  {} left  {}", done_, total_, unit_, rate,
                                       duration(std::max(0.0, left)), note_);
  if (!terminal()) {
    std::fprintf(stderr, "%s: %s\n", label_.c_str(), text.c_str());
    return;
  }
  constexpr int width = 24;
  const int filled = std::clamp(static_cast<int>(share * width), 0, width);
  std::fprintf(stderr, "\r\033[K%s [%s%s] %s", label_.c_str(), std::string(filled, '#').c_str(),
               std::string(width - filled, '.').c_str(), text.c_str());
  std::fflush(stderr);
  bar_drawn = true;
}

}  // namespace pushforward
