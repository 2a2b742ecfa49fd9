// Arrays by name in a zip, and the texts beside them.
#include "pushforward/data/npz.h"

#include "tests/fuzz/harness.h"

namespace {

using namespace pushforward;

void consume(const std::filesystem::path& path) {
  const data::Npz file(path);
  file.text("extractor");
  for (const auto& name : file.names()) file.read(name).values<double>();
}

}  // namespace

PUSHFORWARD_FUZZER("input.npz", consume)
