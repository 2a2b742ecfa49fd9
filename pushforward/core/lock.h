// One process at a time.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

namespace pushforward {

/// Holds a file locked against every other process, and every other Lock of this one, for as long as it
/// lives; a process that dies, however it does, lets go (flock). The file is made where it is not there, and
/// stays: it holds the number of the process that locked it last.
///
///   const Lock mine(run / ".lock", "runs/a is being trained");
class Lock {
 public:
  /// Throws Error, "{busy} by process 4711: wait …", where another holds it, and where the file cannot be
  /// made; where the file system knows no locks, it says so to the host and goes on.
  Lock(const std::filesystem::path& file, const std::string& busy);
  ~Lock();
  Lock(Lock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Lock& operator=(Lock&&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace pushforward
