// CIFAR-10's binary version. https://www.cs.toronto.edu/~kriz/cifar.html
#pragma once

#include <filesystem>
#include <string>

#include "pushforward/data/images.h"

namespace pushforward::data {

/// The file's name wherever it lies.
inline constexpr const char* cifar_archive = "cifar-10-binary.tar.gz";

/// By that name, or by the content of a tar, in a gzip or not. False for what cannot be read.
bool is_cifar_archive(const std::filesystem::path& path);

/// Images [N, 3, 32, 32] with labels from that archive: data_batch_1 … 5.bin for "train",
/// test_batch.bin for "test", each record one label byte (0 … 9) and 3,072 pixel bytes. Throws Error for a
/// damaged archive, a missing or odd-sized batch, more than 10,000 records in one, and a label above 9.
Images read_cifar10(const std::filesystem::path& archive, const std::string& split);

}  // namespace pushforward::data
