// The process's memory allocator, told what training is like.
#pragma once

namespace pushforward {

/// From now on freed memory stays with the process (glibc): a training step frees and asks again for the
/// same hundred buffers, and taking fresh pages from the system for each costs a quarter of the step.
/// Harmless to call twice; does nothing where the allocator has no such knob.
void keep_freed_memory();

}  // namespace pushforward
