// Image sets and point sets, ready for a model.
#pragma once

#include <ATen/ATen.h>

#include <optional>
#include <string>
#include <vector>

#include "pushforward/data/spec.h"
#include "pushforward/models/settings.h"

namespace pushforward::models {

struct Examples {
  std::string name;  // with its split: "fashion-mnist:train"
  Shape shape;
  at::Tensor values;                      // images uint8 [N, C, H, W] or points float32 [N, D]
  at::Tensor labels = {};                 // int64 [N] of a labelled set
  data::Spec spec = {};                   // what they were read from; nothing where they were drawn
  std::vector<std::string> classes = {};  // what the labels stand for, where they are names of folders

  /// "fashion-mnist:train has images of 1×28×28"
  std::string text() const;
};

/// What DATA stands for, read as it says; images become resize × resize unless that is 0, by its mode. Throws
/// as data::load_images.
Examples load_examples(const data::Spec& spec, std::int64_t resize = 0);

/// Those from `begin` on before `end`, of what there is.
Examples slice(Examples set, std::int64_t begin, std::int64_t end);
/// At most n, those that come first.
Examples first(Examples set, std::int64_t n);

/// The standard deviation of the numbers of points. Throws Error where that is no scale to see them by: they
/// are all alike, or far too small or too large.
double scale_of(const Examples& points);

/// The test split of a set that has one besides its training images; nothing for files, folders of images and
/// splits.
std::optional<Examples> test_split(const data::Spec& spec, std::int64_t resize);

}  // namespace pushforward::models
