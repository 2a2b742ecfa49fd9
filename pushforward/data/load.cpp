#include "pushforward/data/load.h"

#include <algorithm>
#include <fstream>
#include <system_error>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/core/names.h"
#include "pushforward/data/cifar.h"
#include "pushforward/data/folder.h"
#include "pushforward/data/idx.h"
#include "pushforward/data/jpeg.h"
#include "pushforward/data/npy.h"
#include "pushforward/data/perturb.h"
#include "pushforward/data/png.h"
#include "pushforward/data/registry.h"
#include "pushforward/data/toys.h"

namespace pushforward::data {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> splits{"train", "test"};

struct Spec {
  std::string base;                        ///< A name or a path.
  std::string split;                       ///< "train", "test" or "".
  std::vector<std::string> perturbations;  ///< Left to right.
};

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool is_file(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

UsageError unknown(const std::string& text, const char* what, const std::string& name,
                   const std::vector<std::string>& known) {
  return usage("{}: unknown {} {}: expected one of {}{}", text, what, name, fmt::join(known, ", "),
               did_you_mean(name, known));
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Where the last `mark` of the last path component is, or npos.
std::size_t last(const std::string& base, char mark) {
  const auto at = base.rfind(mark);
  return at == std::string::npos || base.find('/', at) != std::string::npos ? std::string::npos : at;
}

/// A path may hold '+' and ':' itself: what exists as written is taken as written.
Spec parse(const std::string& text) {
  std::vector<std::string> known;
  for (const auto& perturbation : perturbations()) known.push_back(perturbation.name);
  Spec spec{.base = text, .split = "", .perturbations = {}};
  auto plus = last(spec.base, '+');
  while (!exists(spec.base) && plus != std::string::npos && contains(known, spec.base.substr(plus + 1))) {
    spec.perturbations.insert(spec.perturbations.begin(), spec.base.substr(plus + 1));
    spec.base.resize(plus);
    plus = last(spec.base, '+');
  }
  if (exists(spec.base)) return spec;
  const auto colon = last(spec.base, ':');
  if (plus != std::string::npos && (colon == std::string::npos || plus > colon))
    throw unknown(text, "perturbation", spec.base.substr(plus + 1), known);
  if (colon != std::string::npos) {
    spec.split = spec.base.substr(colon + 1);
    spec.base.resize(colon);
    if (!contains(splits, spec.split)) throw unknown(text, "split", spec.split, splits);
  }
  return spec;
}

bool is_cifar(const fs::path& path) {
  return path.filename() == "cifar-10-binary.tar.gz";
}

/// train-images-idx3-ubyte.gz → train-labels-idx1-ubyte.gz or, where that is not, the other of plain and gz.
std::optional<fs::path> labels_beside(const fs::path& images) {
  std::string name = images.filename().string();
  const auto at = name.find("images-idx3");
  if (at == std::string::npos) return std::nullopt;
  name.replace(at, std::string_view("images-idx3").size(), "labels-idx1");
  const std::string plain = name.ends_with(".gz") ? name.substr(0, name.size() - 3) : name;
  for (const auto& candidate : {name, plain, plain + ".gz"})
    if (exists(images.parent_path() / candidate)) return images.parent_path() / candidate;
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
  Images images = is_cifar(path) ? read_cifar10(path, split) : read_idx_with_labels(path);
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

bool is_npy(const std::string& start) {
  return start.starts_with("\x93NUMPY");
}

/// By content, except that a tar in a gzip looks like an IDX in a gzip.
Images read_any_file(const fs::path& path) {
  const std::string start = start_of(path);
  if (start.empty()) throw fail("{}: expected images, found an empty file", path.string());
  if (is_npy(start)) return read_npy_images(path);
  if (is_png(start) || is_jpeg(start)) return read_image_file(path);
  if (start.starts_with("\x1f\x8b") || start.starts_with(std::string_view("\0\0", 2)))
    return read_idx_with_labels(path);
  throw fail("{}: expected a .npy, IDX, PNG or JPEG file, found something else", path.string());
}

/// `find(split)` over the wanted split, or train then test.
template <typename Find>
std::optional<Images> read_first(const Spec& spec, Find find) {
  for (const auto& split : splits) {
    if (!spec.split.empty() && split != spec.split) continue;
    if (const std::optional<fs::path> path = find(split)) return read_split(*path, split, spec.base);
  }
  return std::nullopt;
}

UsageError not_found(const Spec& spec) {
  std::vector<std::string> names, searched;
  for (const auto& row : list_datasets()) {
    if (row.name == spec.base && row.network)
      return usage("{}: expected images, found the name of a network: it is for --features", spec.base);
    if (row.name == spec.base) {
      for (const auto& folder : search_path()) searched.push_back((folder / spec.base).string());
      const std::string what = spec.base + (row.train || row.test ? ":" + spec.split : "");
      return usage("{} is not here: looked in {}; {}", what, fmt::join(searched, ", "),
                   row.fetchable ? "run: pushforward datasets fetch " + spec.base
                                 : "put its files there or name the other split");
    }
    names.push_back(row.name);
  }
  return usage("{}: no data set, file or folder of that name{}; see: pushforward datasets list", spec.base,
               did_you_mean(spec.base, names));
}

UsageError no_images(const std::string& name) {
  return usage("{}: expected images, found points in the plane: name an image set, or a model of points",
               name);
}

/// Whether a set of that name is here, so that a path of the same spelling is not meant.
bool is_name(const std::string& base) {
  return base.find('/') == std::string::npos && !base.starts_with('.') && !base.empty() &&
         (locate(base, "train") || locate(base, "test"));
}

Images read_base(const Spec& spec) {
  const std::string& base = spec.base;
  if (find_toy(base) != nullptr) throw no_images(base);
  if (base.find('/') == std::string::npos && !base.starts_with('.') && !base.empty())
    if (auto images = read_first(spec, [&](const auto& split) { return locate(base, split); }))
      return *images;
  if (is_folder(base)) {
    if (auto images = read_first(spec, [&](const auto& split) { return split_in(base, split); }))
      return *images;
    if (!spec.split.empty()) throw usage("{}: the folder holds no {} split", base, spec.split);
    return read_image_folder(base);
  }
  if (!exists(base)) throw not_found(spec);
  if (is_cifar(base)) return read_split(base, spec.split.empty() ? "train" : spec.split, base);
  if (!spec.split.empty()) throw usage("{}: a file has no splits, found :{}", base, spec.split);
  return read_any_file(base);
}

}  // namespace

Images load_images(const std::string& text) {
  const Spec spec = parse(text);
  Images images = read_base(spec);
  for (const auto& name : spec.perturbations) perturb(images, name);
  return images;
}

Points load_points(const std::string& text) {
  const Spec spec = parse(text);
  const Toy* toy = find_toy(spec.base);
  if (toy == nullptr && !exists(spec.base) && !locate(spec.base, "train") && !locate(spec.base, "test"))
    throw not_found(spec);
  if (toy == nullptr && (!is_file(spec.base) || !is_npy(start_of(spec.base)))) {
    std::vector<std::string> names;
    for (const auto& known : toys()) names.push_back(known.name);
    throw usage("{}: expected points ({} or a .npy file [N, D]), found images", text, fmt::join(names, ", "));
  }
  if (!spec.perturbations.empty())
    throw usage("{}: only images can be perturbed, found +{}", text, spec.perturbations.front());
  if (toy == nullptr) {
    if (!spec.split.empty()) throw usage("{}: a file has no splits, found :{}", spec.base, spec.split);
    return read_npy_points(spec.base);
  }
  const bool test = spec.split == "test";
  return draw(*toy, test ? "test" : "train", test ? toy_test_count : toy_train_count);
}

bool is_points(const std::string& text) {
  const std::string base = parse(text).base;
  return find_toy(base) != nullptr ||
         (is_file(base) && is_npy(start_of(base)) && npy_shape(base).size() == 2);
}

SpecKind kind_of(const std::string& text) {
  if (find_toy(text) != nullptr || is_name(text)) return SpecKind::other;
  if (is_file(text)) return is_npy(start_of(text)) ? SpecKind::npy_file : SpecKind::other;
  const bool holds_set = is_folder(text) && (split_in(text, "train") || split_in(text, "test"));
  return is_folder(text) && !holds_set ? SpecKind::image_folder : SpecKind::other;
}

Dataset load(const std::string& name) {
  if (find_toy(name) != nullptr) throw no_images(name);
  Dataset dataset{.name = name, .train = std::nullopt, .test = std::nullopt};
  if (const auto path = locate(name, "train")) dataset.train = read_split(*path, "train", name);
  if (const auto path = locate(name, "test")) dataset.test = read_split(*path, "test", name);
  if (!dataset.train && !dataset.test) throw not_found({.base = name, .split = "", .perturbations = {}});
  return dataset;
}

}  // namespace pushforward::data
