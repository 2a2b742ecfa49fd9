// Images in a .npz.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pushforward/data/images.h"
#include "pushforward/data/npz.h"

namespace pushforward::data {

/// Which array holds the images: `wanted`, where it is one; else the only array, arr_0, or the only one that
/// read_npy_images reads. Throws UsageError, naming the arrays, for another name and where several could be
/// meant, and Error where none is.
std::string images_array(const Npz& file, const std::string& wanted);

/// The labels in arr_1 [N] of `count` images in the array `name`, where that is arr_0, as guided-diffusion
/// writes its samples; else none. An arr_1 that holds no whole numbers 0 … 255, one an image, is said and
/// left.
std::vector<std::uint8_t> npz_labels(const Npz& file, const std::string& name, std::int64_t count);

/// As read_npy_images reads them, with their labels. Throws as images_array and read_npy_images.
Images read_npz_images(const std::filesystem::path& path, const std::string& wanted = "");

}  // namespace pushforward::data
