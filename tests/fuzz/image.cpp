// Pictures, known by their content: PNG, JPEG, WebP.
#include "tests/fuzz/harness.h"

#include "pushforward/data/folder.h"

PUSHFORWARD_FUZZER("input.png", [](const std::filesystem::path& path) {
  pushforward::data::read_image_file(path,
                                     {.background = pushforward::data::colour("white"), .upright = true});
})
