// IDX files, plain and gzip: of images and of labels.
#include "pushforward/data/idx.h"

#include "tests/fuzz/harness.h"

namespace {

using namespace pushforward;

void consume(const std::filesystem::path& path) {
  try {
    data::read_idx_labels(path);
  } catch (const Error&) {
  }
  data::read_idx_images(path);
}

}  // namespace

PUSHFORWARD_FUZZER("input-idx3-ubyte", consume)
