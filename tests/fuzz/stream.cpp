// A stream of images, as `detect` takes them.
#include "tests/fuzz/harness.h"

#include "pushforward/data/image_stream.h"

namespace {

using namespace pushforward;

void consume(const std::filesystem::path& path) {
  const auto stream = data::open_images(path.string());
  while (stream->next(100).images.count > 0) {
  }
}

}  // namespace

PUSHFORWARD_FUZZER("input.npy", consume)
