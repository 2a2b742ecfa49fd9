// Pictures, known by their content: PNG, JPEG.
#include "tests/fuzz/harness.h"

#include "pushforward/data/folder.h"

PUSHFORWARD_FUZZER("input.png", pushforward::data::read_image_file)
