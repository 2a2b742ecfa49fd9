// Saved statistics of features, as a side of `fid`.
#include "tests/fuzz/harness.h"

#include "pushforward/evaluation/evaluation.h"

namespace {

using namespace pushforward;

void consume(const std::filesystem::path& path) {
  evaluation::EvaluationOptions options;
  evaluation::Sides(options).load(path.string(), 0, false);
}

}  // namespace

PUSHFORWARD_FUZZER("input.safetensors", consume)
