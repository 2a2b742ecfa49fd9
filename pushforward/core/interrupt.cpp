#include "pushforward/core/interrupt.h"

#include <csignal>

namespace pushforward {
namespace {

volatile std::sig_atomic_t signalled = 0;

void on_signal(int signal) {
  signalled = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  signalled = 0;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

bool interrupted() {
  return signalled != 0;
}

}  // namespace pushforward
