#include "pushforward/core/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "pushforward/core/error.h"
#include "pushforward/core/progress.h"

namespace pushforward {
namespace {

/// The process that wrote its number into the file, "another" where none did.
std::string holder(int descriptor) {
  char text[24] = {};
  const auto count = ::pread(descriptor, text, sizeof text - 1, 0);
  return count > 0 ? fmt::format("process {}", std::atol(text)) : "another process";
}

}  // namespace

Lock::Lock(const std::filesystem::path& file, const std::string& busy)
    : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) throw fail("cannot write {}: {}", file.string(), std::strerror(errno));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      say("{} cannot be locked ({}): take care that nobody else writes there", file.string(),
          std::strerror(errno));
      return;
    }
    const auto text =
        fmt::format("{} by {}: wait for its end, or name another folder", busy, holder(descriptor_));
    ::close(descriptor_);
    throw Error(text);
  }
  const auto number = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, number.data(), number.size(), 0) < 0) {
    // A full disk: the lock holds, its holder stays unnamed.
  }
}

Lock::~Lock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace pushforward
