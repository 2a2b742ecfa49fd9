// The process's memory allocator, told what training is like.
#pragma once

namespace pushforward {

/// From now on freed memory stays with the process (glibc): a training step, or a batch that is scored, frees
/// and asks again for the same buffers, and taking fresh pages from the system for each costs a quarter of
/// a step, and of a detector's time between nothing and most, by what a page fault costs on the machine. The
/// setting is the whole process's, so the library never makes it by itself: the program does for every verb,
/// and who embeds the library calls this once, at the start. Harmless to call twice; does nothing where the
/// allocator has no such knob.
void keep_freed_memory();

}  // namespace pushforward
