#include "pushforward/core/progress.h"

#include <cmath>

namespace pushforward {

void say(const std::string& line) {
  host().say(line);
}

std::string duration(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  const auto total = static_cast<std::int64_t>(std::llround(seconds));
  if (total < 60) return fmt::format("{}s", total);
  if (total < 3600) return fmt::format("{}m{:02}s", total / 60, total % 60);
  return fmt::format("{}h{:02}m", total / 3600, total / 60 % 60);
}

Progress::Progress(std::string label, std::int64_t total, std::string unit) {
  stage_.label = std::move(label);
  stage_.unit = std::move(unit);
  stage_.total = total;
}

Progress::~Progress() {
  host().ended();
}

void Progress::advance(std::int64_t count, const std::string& note) {
  stage_.done += count;
  if (!note.empty()) stage_.note = note;
  const auto now = Stage::Clock::now();
  if (now - shown_ < std::chrono::milliseconds(100)) return;
  shown_ = now;
  host().show(stage_);
}

}  // namespace pushforward
