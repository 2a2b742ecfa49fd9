#include "pushforward/core/threads.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>

namespace pushforward {
namespace {

/// "/user/session", of the line "0::/user/session".
std::string own_group() {
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);)
    if (line.starts_with("0::")) return line.substr(3);
  return "/";
}

int processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int allowed = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return granted_processors("/sys/fs/cgroup", own_group(), allowed);
}

}  // namespace

int granted_processors(const std::filesystem::path& root, const std::string& group, int most) {
  auto folder = std::filesystem::path(group).relative_path();
  for (bool last = false; !last; folder = folder.parent_path()) {
    last = folder.empty();
    std::ifstream file(root / folder / "cpu.max");  // "200000 100000", or "max 100000"
    double quota = 0, period = 0;
    if (file >> quota >> period && quota > 0 && period > 0)
      most = static_cast<int>(std::clamp(std::ceil(quota / period), 1.0, static_cast<double>(most)));
  }
  return most;
}

int available_threads() {
  const int here = processors();
  const char* wanted = std::getenv("OMP_NUM_THREADS");
  const long threads = wanted == nullptr ? 0 : std::strtol(wanted, nullptr, 10);
  return threads > 0 ? static_cast<int>(std::min<long>(threads, long{most_threads_a_processor} * here))
                     : here;
}

}  // namespace pushforward
