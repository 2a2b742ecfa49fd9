// When long work stops: its host's wish, which for the terminal is Ctrl-C and SIGTERM as a flag.
#pragma once

namespace pushforward {

/// Forgets earlier signals; from now on SIGINT and SIGTERM set the flag instead of ending the process, and a
/// second one ends it. To be called on the main thread, which is the one that signals go to.
void catch_interrupts();

/// True once a signal has come that catch_interrupts takes.
bool signal_came();

/// True once this thread's host wants the work to stop (core/host.h). Long work then saves what it has and
/// throws Interrupted.
bool interrupted();

/// For work that has nothing to save, once a part of it: throws Interrupted, "interrupted while {doing}:
/// nothing was written", when the host wants it.
void stop_if_interrupted(const char* doing);

}  // namespace pushforward
