// A folder of PNG and JPEG files as one set of images.
#pragma once

#include <filesystem>
#include <vector>

#include "pushforward/data/images.h"

namespace pushforward::data {

/// One image [1, C, H, W] from a PNG or JPEG file, told apart by their first bytes. Gray stays gray, palettes
/// become RGB, 16 bits become 8, opaque alpha is dropped. Throws Error for a file that is neither, is damaged
/// or cut short, has transparent pixels, or more than 2^26 values.
Images read_image_file(const std::filesystem::path& path);

/// The folder's files, sorted by name; hidden ones are left out. Throws Error when there are none.
std::vector<std::filesystem::path> image_files(const std::filesystem::path& folder);

/// Appends `image` to `images`, which may be empty. Throws Error when its shape is another, naming both.
void add_image(Images& images, const Images& image);

/// Every file of the folder, sorted by name; hidden files are skipped. All must have one size and one number
/// of channels: the Error otherwise names two that differ. Throws Error for an empty folder, a sub-folder,
/// and a file that is not an image.
Images read_image_folder(const std::filesystem::path& folder);

}  // namespace pushforward::data
