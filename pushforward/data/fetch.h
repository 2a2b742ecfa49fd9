// Downloading registered data sets: resumed, from mirrors in turn, checked, placed atomically.
#pragma once

#include <filesystem>

#include "pushforward/data/registry.h"

namespace pushforward::data {

struct FetchOptions {
  int connect_seconds = 15;  ///< Longest wait for a connection.
  int stall_seconds = 30;    ///< Longest time below 100 bytes/s, measured over some 5 s.
  int attempts = 3;          ///< Per mirror, each resuming where the last one stopped.
};

/// Puts the entry's files into DESTINATION/NAME and returns that folder. A file there with the right checksum
/// is left alone; a download grows as FILE.part and is renamed only when size and sum are right. When
/// $PUSHFORWARD_MIRROR is set, $PUSHFORWARD_MIRROR/NAME/FILE is tried first. A mirror over https may only
/// redirect to https. Throws Error naming every mirror tried and what it answered; Interrupted after
/// Ctrl-C, leaving the .part for the next time.
std::filesystem::path fetch(const Entry& entry, const std::filesystem::path& destination,
                            const FetchOptions& options = {});

}  // namespace pushforward::data
