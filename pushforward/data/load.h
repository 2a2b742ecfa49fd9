// What DATA stands for → images or points.
#pragma once

#include <optional>
#include <string>

#include "pushforward/data/folder.h"
#include "pushforward/data/images.h"
#include "pushforward/data/points.h"
#include "pushforward/data/spec.h"

namespace pushforward::data {

/// The images that DATA (spec.h) stands for, read as it says: of a set without a split train, or test where
/// only that is. IDX images bring the labels that lie beside them (idx.h), folders those of their classes
/// (folder.h), a .npz those beside its images (npz_images.h). Perturbations come before resizing. Throws
/// UsageError for what is not found (with the nearest name and how to fetch it) and Error for what cannot be
/// read, points among it.
Images load_images(const Spec& spec);

/// What images are put through as they are read, each of a folder by itself so that many sizes become one:
/// perturbations and resizing. Empty where there is nothing to do.
Prepare preparation(const Spec& spec);

/// The points of a generated set, train without a split, or of a .npy [N, D]. Throws as `load_images`, and
/// UsageError for images and for a +PERTURBATION.
Points load_points(const Spec& spec);

/// Both splits of a set, by name or folder; one that is not here is empty.
struct Dataset {
  std::string name;
  std::optional<Images> train, test;
};

/// load("fashion-mnist"). Throws as `load_images` when neither split is found.
Dataset load(const Spec& set);

}  // namespace pushforward::data
