// Arrays by name in a zip, the texts beside them, and what images make of them.
#include "tests/fuzz/harness.h"

#include "pushforward/data/npz_images.h"

namespace {

using namespace pushforward;

void consume(const std::filesystem::path& path) {
  try {
    data::read_npz_images(path);
  } catch (const Error&) {  // of arrays that are no images
  }
  const data::Npz file(path);
  file.text("extractor");
  for (const auto& name : file.names()) file.read(name).values<double>();
}

}  // namespace

PUSHFORWARD_FUZZER("input.npz", consume)
