// Saved statistics of features, as a side of `fid`.
#include "pushforward/evaluation/statistics.h"

#include "tests/fuzz/harness.h"

namespace {

using namespace pushforward;

void consume(const std::filesystem::path& path) {
  evaluation::load_statistics(path.string());
}

}  // namespace

PUSHFORWARD_FUZZER("input.safetensors", consume)
