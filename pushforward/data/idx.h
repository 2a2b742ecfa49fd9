// IDX, the format of MNIST and its relatives, plain or gzip.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "pushforward/data/images.h"

namespace pushforward::data {

/// Images [N, 1, H, W] from an idx3-ubyte file (magic 0x00000803, then N, H, W, all big-endian, then N·H·W
/// bytes). Throws Error for a wrong magic, no images, and bytes missing or left over; nothing is allocated
/// that the file could not fill.
Images read_idx_images(const std::filesystem::path& path);

/// Labels [N] from an idx1-ubyte file (magic 0x00000801, then N, then N bytes). Throws as above.
std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& path);

/// The file of `folder` that holds `stem`, "train-images" or "train-labels", under one of its usual names:
/// train-images-idx3-ubyte or train-images.idx3-ubyte, plain or with .gz.
std::optional<std::filesystem::path> find_idx(const std::filesystem::path& folder, const std::string& stem);

/// Those images, with the labels that lie beside them: where the file's name has "images", a file of that
/// name with "labels" (and idx1 for idx3), or one that find_idx finds. Throws as above, and for labels that
/// differ from the images in number.
Images read_idx(const std::filesystem::path& path);

}  // namespace pushforward::data
