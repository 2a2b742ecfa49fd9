// One thread pool for everything (OpenMP's), sized once.
#pragma once

#include <filesystem>
#include <string>

namespace pushforward {

/// The processors this process may run on, by its affinity and its control groups (cpu.max), or
/// $OMP_NUM_THREADS when that is set, up to most_threads_a_processor for each.
int available_threads();

inline constexpr int most_threads_a_processor = 8;

/// The processors that the control groups under `root` grant a member of `group` ("/user/session"): the least
/// quota of it and its parents, rounded up, at least 1; `most` where none has a quota. Control groups of
/// version 2.
int granted_processors(const std::filesystem::path& root, const std::string& group, int most);

}  // namespace pushforward
