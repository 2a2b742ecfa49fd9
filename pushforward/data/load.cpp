#include "pushforward/data/load.h"

#include <system_error>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/data/cifar.h"
#include "pushforward/data/folder.h"
#include "pushforward/data/idx.h"
#include "pushforward/data/input.h"
#include "pushforward/data/npy.h"
#include "pushforward/data/npz_images.h"
#include "pushforward/data/perturb.h"
#include "pushforward/data/resize.h"
#include "pushforward/data/toys.h"

namespace pushforward::data {
namespace {

namespace fs = std::filesystem;

Images read_split(const fs::path& path, const std::string& split, const std::string& name) {
  Images images = is_cifar_archive(path) ? read_cifar10(path, split) : read_idx(path);
  images.name = name + ":" + split;
  return images;
}

/// By content, in a gzip too.
Images read_any_file(const fs::path& path, const Reading& reading) {
  if (std::error_code none; fs::file_size(path, none) == 0 && !none)
    throw fail("{}: expected images, found an empty file", path.string());
  const std::string start = first_bytes(path, 12);
  if (start.starts_with(std::string_view("\0\0", 2))) return read_idx(path);
  if (is_picture(start)) return read_image_file(path, reading);
  throw fail("{}: expected a .npy, .npz, IDX, PNG, JPEG or WebP file, found something else", path.string());
}

/// What is left to do to the images of a set from `first` on.
void finish(Images& images, const Spec& spec, std::int64_t first) {
  const auto& reading = spec.reading();
  for (const auto& name : spec.perturbations()) perturb(images, name, first);
  if (reading.resizes()) images = resize(images, reading.height, reading.width, reading.mode);
}

UsageError no_images(const std::string& name) {
  return usage("{}: expected images, found points in the plane: name an image set, or a model of points",
               name);
}

void expect_no_split(const Spec& spec) {
  if (!spec.split().empty()) throw usage("{}: a file has no splits, found :{}", spec.base(), spec.split());
}

Images read(const Spec& spec) {
  const auto& base = spec.base();
  switch (spec.kind()) {
    case SpecKind::generated:
      throw no_images(base);
    case SpecKind::named:
    case SpecKind::set_folder:
    case SpecKind::cifar_file:
      for (const auto& split : spec.splits()) return read_split(*spec.split_file(split), split, base);
      break;
    case SpecKind::image_folder:
      if (!spec.split().empty()) throw usage("{}: the folder holds no {} split", base, spec.split());
      return read_image_folder(base, spec.reading(), preparation(spec));
    case SpecKind::npz_file:
      return read_npz_images(base, spec.split());
    case SpecKind::npy_file:
    case SpecKind::file:
      expect_no_split(spec);
      return spec.kind() == SpecKind::npy_file ? read_npy_images(base) : read_any_file(base, spec.reading());
    case SpecKind::standard_input:
    case SpecKind::nothing:
      break;
  }
  throw spec.not_found();
}

}  // namespace

Prepare preparation(const Spec& spec) {
  if (spec.perturbations().empty() && !spec.reading().resizes()) return {};
  return [spec](Images& images, std::int64_t first) { finish(images, spec, first); };
}

Images load_images(const Spec& spec) {
  Images images = read(spec);
  if (spec.kind() != SpecKind::image_folder)
    finish(images, spec, 0);
  else
    for (const auto& name : spec.perturbations()) images.name += "+" + name;
  return images;
}

Points load_points(const Spec& spec) {
  if (spec.kind() == SpecKind::nothing) throw spec.not_found();
  const Toy* toy = spec.toy();
  if (toy == nullptr && spec.kind() != SpecKind::npy_file) {
    std::vector<std::string> names;
    for (const auto& known : toys()) names.push_back(known.name);
    throw usage("{}: expected points ({} or a .npy file [N, D]), found images", spec.text(),
                fmt::join(names, ", "));
  }
  if (!spec.perturbations().empty())
    throw usage("{}: only images can be perturbed, found +{}", spec.text(), spec.perturbations().front());
  if (toy == nullptr) {
    expect_no_split(spec);
    return read_npy_points(spec.base());
  }
  const bool test = spec.split() == "test";
  return draw(*toy, test ? "test" : "train", test ? toy_test_count : toy_train_count);
}

Dataset load(const Spec& set) {
  if (set.toy() != nullptr) throw no_images(set.base());
  Dataset dataset{.name = set.base(), .train = std::nullopt, .test = std::nullopt};
  if (const auto path = set.split_file("train")) dataset.train = read_split(*path, "train", dataset.name);
  if (const auto path = set.split_file("test")) dataset.test = read_split(*path, "test", dataset.name);
  if (!dataset.train && !dataset.test) throw set.not_found();
  return dataset;
}

}  // namespace pushforward::data
