#include "pushforward/core/interrupt.h"

#include <csignal>
#include <initializer_list>

#include "pushforward/core/error.h"
#include "pushforward/core/host.h"

namespace pushforward {
namespace {

volatile std::sig_atomic_t signalled = 0;

void on_signal(int signal) {
  signalled = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  // oneDNN's matrix kernels (until 3.11.2) use the stack pointer for a buffer in the heap, where a signal's
  // frame would overwrite what lies before it. On a stack of its own it cannot.
  alignas(64) static char stack[1 << 16];
  const stack_t alternate{.ss_sp = stack, .ss_flags = 0, .ss_size = sizeof stack};
  sigaltstack(&alternate, nullptr);

  signalled = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

bool signal_came() {
  return signalled != 0;
}

bool interrupted() {
  return host().wants_stop();
}

void stop_if_interrupted(const char* doing) {
  if (interrupted()) throw Interrupted(fmt::format("interrupted while {}: nothing was written", doing));
}

}  // namespace pushforward
