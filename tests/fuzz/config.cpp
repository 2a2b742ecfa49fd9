// Configurations, and the words for DATA in them.
#include "pushforward/core/config.h"

#include "tests/fuzz/harness.h"

#include "pushforward/models/settings.h"

namespace {

using namespace pushforward;

void consume(const std::filesystem::path& path) {
  const auto config = Config::load(path);
  models::read_train(config);
  models::read_data(config);
}

}  // namespace

PUSHFORWARD_FUZZER("input.toml", consume)
