// Arrays: the elements, their shape alone, and what images and points make of them.
#include "pushforward/data/npy.h"

#include "tests/fuzz/harness.h"

#include "pushforward/data/points.h"

namespace {

using namespace pushforward;

void consume(const std::filesystem::path& path) {
  const auto attempt = [](const auto& reading) {
    try {
      reading();
    } catch (const Error&) {
    }
  };
  attempt([&] { data::npy_shape(path); });
  attempt([&] { data::read_npy_images(path); });
  attempt([&] { data::read_npy_points(path); });
  data::read_npy(path).values<double>();
}

}  // namespace

PUSHFORWARD_FUZZER("input.npy", consume)
