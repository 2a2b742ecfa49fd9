// One thread pool for everything (OpenMP's), sized once.
#pragma once

namespace pushforward {

/// The processors this process may run on, or $OMP_NUM_THREADS when that is set.
int available_threads();

}  // namespace pushforward
