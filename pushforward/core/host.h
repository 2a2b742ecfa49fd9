// Whom long work answers to.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace pushforward {

/// How far a piece of work has come.
struct Stage {
  using Clock = std::chrono::steady_clock;

  std::string label, unit, note;  // "train", "steps", "loss 0.123"
  std::int64_t done = 0, total = 0;
  Clock::time_point start = Clock::now();
};

/// Takes the messages and the progress of long work, and may ask it to stop. A program that embeds the
/// library brings its own and makes it that of a thread with Hosted; without one it is the terminal: lines
/// and a bar on stderr, and signals as catch_interrupts has them. Functions are called by the threads that do
/// the work.
class Host {
 public:
  virtual ~Host() = default;
  virtual void say(const std::string& line) = 0;
  /// Called while work goes on, at most ten times a second.
  virtual void show(const Stage& stage) = 0;
  /// Called when the work that was shown last has ended, however it did.
  virtual void ended() = 0;
  /// True: long work saves what it has and throws Interrupted.
  virtual bool wants_stop() const = 0;
};

/// Makes `host` the one of this thread for as long as it lives.
class Hosted {
 public:
  explicit Hosted(Host& host);
  ~Hosted();
  Hosted(const Hosted&) = delete;
  Hosted& operator=(const Hosted&) = delete;

 private:
  Host* before_;
};

/// The host of this thread. Work that goes on in other threads hands it to them.
Host& host();

}  // namespace pushforward
