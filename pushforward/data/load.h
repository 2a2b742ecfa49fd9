// DATA as people write it → images.
#pragma once

#include <optional>
#include <string>

#include "pushforward/data/images.h"

namespace pushforward::data {

/// Images from
///   NAME[:train|:test]   a set found along `search_path()`; without a split train, or test where only that
///   is FOLDER[:train|:test] a folder that holds such a set's files FOLDER               a folder of PNG or
///   JPEG images FILE                 .npy, IDX (gz or not), or one PNG or JPEG
/// each followed by any number of +PERTURBATION, applied left to right. A name wins over a path of the same
/// spelling; write ./mnist for the path. IDX images bring their labels when these lie beside them under
/// MNIST's names. Throws UsageError for what is not found (with the nearest name and how to fetch it) and
/// Error for what cannot be read.
Images load_images(const std::string& spec);

/// Both splits of a set; one that is not here is empty.
struct Dataset {
  std::string name;
  std::optional<Images> train, test;
};

/// load("fashion-mnist"). Throws as `load_images` when neither split is found.
Dataset load(const std::string& name);

}  // namespace pushforward::data
