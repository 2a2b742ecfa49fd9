// Image sets and point sets, ready for a model.
#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <string>

#include "pushforward/models/settings.h"

namespace pushforward::models {

struct Examples {
  std::string name;  // with its split: "fashion-mnist:train"
  Shape shape;
  at::Tensor values;       // images uint8 [N, C, H, W] or points float32 [N, D]
  at::Tensor labels = {};  // int64 [N] of a labelled set

  /// "fashion-mnist:train has images of 1×28×28"
  std::string text() const;
};

/// DATA as people write it; images become resize × resize unless that is 0. Throws as data::load_images.
Examples load_examples(const std::string& spec, std::int64_t resize = 0);

/// What the examples of DATA are read from: the same text for every way to name a set that is here (by name
/// or path, with or without its split), and for its perturbations.
std::string source_of(const std::string& spec);

/// The test split of a set that has one besides its training images; nothing for files, folders and splits.
std::optional<Examples> test_split(const std::string& spec, std::int64_t resize);

}  // namespace pushforward::models
