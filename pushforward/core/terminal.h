// The host of a program in a terminal.
#pragma once

#include "pushforward/core/host.h"

namespace pushforward {

/// Writes lines on stderr, and progress as a bar with rate, time left and a note; where stderr is no
/// terminal, as a plain line at most every ten seconds. Asks to stop once a signal has come
/// (core/interrupt.h).
class Terminal : public Host {
 public:
  void say(const std::string& line) override;
  void show(const Stage& stage) override;
  void ended() override;
  bool wants_stop() const override;

  /// Silences it (the program's --quiet).
  void set_quiet(bool quiet) { is_quiet_ = quiet; }

 private:
  bool is_quiet_ = false, bar_drawn_ = false;
  Stage::Clock::time_point drawn_ = {};
};

/// The one terminal of a process.
Terminal& terminal();

}  // namespace pushforward
