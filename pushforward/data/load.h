// DATA as people write it → images or points.
#pragma once

#include <optional>
#include <string>

#include "pushforward/data/images.h"
#include "pushforward/data/points.h"

namespace pushforward::data {

// clang-format off
/// Images from
///   NAME[:train|:test]     a set found along `search_path()`; without a split train, or test where only that is
///   FOLDER[:train|:test]   a folder that holds such a set's files
///   FOLDER                 a folder of PNG or JPEG images
///   FILE                   .npy, IDX (gz or not), or one PNG or JPEG
/// each followed by any number of +PERTURBATION, applied left to right. A name wins over a path of the same
/// spelling; write ./mnist for the path. IDX images bring their labels when these lie beside them under MNIST's
/// names. Throws UsageError for what is not found (with the nearest name and how to fetch it) and Error for what
/// cannot be read, points among it.
// clang-format on
Images load_images(const std::string& spec);

/// Points from
///   NAME[:train|:test]   a generated set (toys.h), train without a split
///   FILE.npy             [N, D]
/// Throws as `load_images`, and UsageError for images and for a +PERTURBATION.
Points load_points(const std::string& spec);

/// Whether `spec` names points, so that load_points is the one to ask: a generated set, or a .npy of two
/// dimensions. False for what is not found. Throws as `load_images` for a misspelt split or perturbation.
bool is_points(const std::string& spec);

/// What can be read a part at a time: a .npy file, and a folder of PNG or JPEG images, each without a
/// +PERTURBATION.
enum class SpecKind { npy_file, image_folder, other };
SpecKind kind_of(const std::string& spec);

/// Both splits of a set; one that is not here is empty.
struct Dataset {
  std::string name;
  std::optional<Images> train, test;
};

/// load("fashion-mnist"). Throws as `load_images` when neither split is found.
Dataset load(const std::string& name);

}  // namespace pushforward::data
