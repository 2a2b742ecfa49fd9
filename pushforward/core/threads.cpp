#include "pushforward/core/threads.h"

#include <sched.h>

#include <cstdlib>

namespace pushforward {

int available_threads() {
  if (const char* wanted = std::getenv("OMP_NUM_THREADS"); wanted != nullptr && std::atoi(wanted) > 0)
    return std::atoi(wanted);
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

}  // namespace pushforward
