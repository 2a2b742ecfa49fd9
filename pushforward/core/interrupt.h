// Ctrl-C and SIGTERM as a flag that long work looks at between steps.
#pragma once

namespace pushforward {

/// Forgets earlier signals; from now on SIGINT and SIGTERM set the flag instead of ending the process, and a
/// second one ends it. To be called on the main thread, which is the one that signals go to.
void catch_interrupts();

/// True once a signal has come. Long work then saves what it has and throws Interrupted.
bool interrupted();

/// For work that has nothing to save, once a part of it: throws Interrupted, "interrupted while {doing}:
/// nothing was written", when a signal has come. May be called from any thread.
void stop_if_interrupted(const char* doing);

}  // namespace pushforward
