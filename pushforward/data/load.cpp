#include "pushforward/data/load.h"

#include <fstream>
#include <system_error>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/data/cifar.h"
#include "pushforward/data/folder.h"
#include "pushforward/data/idx.h"
#include "pushforward/data/jpeg.h"
#include "pushforward/data/npy.h"
#include "pushforward/data/perturb.h"
#include "pushforward/data/png.h"
#include "pushforward/data/toys.h"

namespace pushforward::data {
namespace {

namespace fs = std::filesystem;

/// train-images-idx3-ubyte.gz → train-labels-idx1-ubyte.gz or, where that is not, the other of plain and gz.
std::optional<fs::path> labels_beside(const fs::path& images) {
  std::string name = images.filename().string();
  const auto at = name.find("images-idx3");
  if (at == std::string::npos) return std::nullopt;
  name.replace(at, std::string_view("images-idx3").size(), "labels-idx1");
  const std::string plain = name.ends_with(".gz") ? name.substr(0, name.size() - 3) : name;
  for (const auto& candidate : {name, plain, plain + ".gz"})
    if (std::error_code ignored; fs::exists(images.parent_path() / candidate, ignored))
      return images.parent_path() / candidate;
  return std::nullopt;
}

Images read_idx_with_labels(const fs::path& path) {
  Images images = read_idx_images(path);
  if (const auto beside = labels_beside(path)) {
    images.labels = read_idx_labels(*beside);
    if (static_cast<std::int64_t>(images.labels.size()) != images.count)
      throw fail("[idx] {}: expected {} labels, one for each image of {}, found {}", beside->string(),
                 images.count, path.filename().string(), images.labels.size());
  }
  return images;
}

Images read_split(const fs::path& path, const std::string& split, const std::string& name) {
  Images images = path.filename() == cifar_archive ? read_cifar10(path, split) : read_idx_with_labels(path);
  images.name = name + ":" + split;
  return images;
}

/// The first bytes, to tell formats apart.
std::string start_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string start(8, '\0');
  file.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (file.bad() || !file.is_open()) throw fail("{}: cannot be read", path.string());
  start.resize(static_cast<std::size_t>(file.gcount()));
  return start;
}

/// By content, except that a tar in a gzip looks like an IDX in a gzip.
Images read_any_file(const fs::path& path) {
  const std::string start = start_of(path);
  if (start.empty()) throw fail("{}: expected images, found an empty file", path.string());
  if (is_png(start) || is_jpeg(start)) return read_image_file(path);
  if (start.starts_with("\x1f\x8b") || start.starts_with(std::string_view("\0\0", 2)))
    return read_idx_with_labels(path);
  throw fail("{}: expected a .npy, IDX, PNG or JPEG file, found something else", path.string());
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
      return read_image_folder(base);
    case SpecKind::npy_file:
    case SpecKind::file:
      expect_no_split(spec);
      return spec.kind() == SpecKind::npy_file ? read_npy_images(base) : read_any_file(base);
    case SpecKind::standard_input:
    case SpecKind::nothing:
      break;
  }
  throw spec.not_found();
}

}  // namespace

Images load_images(const Spec& spec) {
  Images images = read(spec);
  for (const auto& name : spec.perturbations()) perturb(images, name);
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
