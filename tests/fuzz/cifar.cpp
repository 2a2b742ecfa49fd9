// CIFAR-10 as it is published: a compressed archive of binary batches.
#include "pushforward/data/cifar.h"

#include "tests/fuzz/harness.h"

PUSHFORWARD_FUZZER("cifar-10-binary.tar.gz",
                   [](const std::filesystem::path& path) { pushforward::data::read_cifar10(path, "test"); })
