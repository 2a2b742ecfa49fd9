// Checkpoints, and weights that others wrote.
#include "pushforward/checkpoint/safetensors.h"

#include "tests/fuzz/harness.h"

PUSHFORWARD_FUZZER("input.safetensors", pushforward::checkpoint::load)
