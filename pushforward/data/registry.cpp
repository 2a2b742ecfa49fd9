#include "pushforward/data/registry.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <system_error>

#include "pushforward/core/error.h"
#include "pushforward/core/names.h"
#include "pushforward/data/cifar.h"
#include "pushforward/data/idx.h"
#include "pushforward/data/toys.h"

namespace pushforward::data {
namespace {

namespace fs = std::filesystem;

const std::vector<Entry> entries{
    {"fashion-mnist",
     "Fashion-MNIST: 70,000 gray 28×28 pictures of clothes in 10 classes",
     {"https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
      "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
      "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"},
     {{"train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26'421'880},
      {"train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe", 29'515},
      {"t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79", 4'422'102},
      {"t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310", 5'148}}},
    {"mnist",
     "MNIST: 70,000 gray 28×28 handwritten digits",
     {"https://ossci-datasets.s3.amazonaws.com/mnist/",
      "https://storage.googleapis.com/cvdf-datasets/mnist/"},
     {{"train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873", 9'912'422},
      {"train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432", 28'881},
      {"t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3", 1'648'877},
      {"t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c", 4'542}}},
    {"kmnist",
     "Kuzushiji-MNIST: 70,000 gray 28×28 cursive Japanese characters in 10 classes",
     {"https://codh.rois.ac.jp/kmnist/dataset/kmnist/", "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"},
     {{"train-images-idx3-ubyte.gz", "bdb82020997e1d708af4cf47b453dcf7", 18'165'135},
      {"train-labels-idx1-ubyte.gz", "e144d726b3acfaa3e44228e80efcd344", 29'497},
      {"t10k-images-idx3-ubyte.gz", "5c965bf0a639b31b8f53240b1b52f4d7", 3'041'136},
      {"t10k-labels-idx1-ubyte.gz", "7320c461ea6c1c855c0b718fb2a4b134", 5'120}}},
    {"cifar10",
     "CIFAR-10: 60,000 colour 32×32 photographs in 10 classes",
     {"https://www.cs.toronto.edu/~kriz/", "https://cave.cs.toronto.edu/kriz/"},
     {{cifar_archive, "c32a1d4ab5d03f1284b67883e8d87530", 170'052'171}}},
    {"inception",
     "Inception-v3 of 2015 as TorchScript, the network that FID is defined on: for --features",
     {"https://nvlabs-fi-cdn.nvidia.com/stylegan2-ada-pytorch/pretrained/metrics/"},
     {{"inception-2015-12-05.pt", "f58cb9b6ec323ed63459aa4fb441fe750cfe39fafad6da5cb504a16f19e958f4",
       95'607'719}},
     true}};

/// $name when it is set and not empty.
std::optional<std::string> environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

}  // namespace

const std::vector<Entry>& registry() {
  return entries;
}

const Entry& registry_entry(const std::string& name) {
  return find_named(entries, name, "data set");
}

fs::path cache_folder() {
  if (const auto cache = environment("XDG_CACHE_HOME")) return fs::path(*cache) / "pushforward";
  if (const auto home = environment("HOME")) return fs::path(*home) / ".cache" / "pushforward";
  throw fail("no cache folder: set HOME, XDG_CACHE_HOME or name a destination");
}

std::vector<fs::path> search_path() {
  std::vector<fs::path> folders;
  const std::string listed = environment("PUSHFORWARD_DATA").value_or("");
  for (std::size_t from = 0; from < listed.size();) {
    const std::size_t to = std::min(listed.find(':', from), listed.size());
    if (to > from) folders.emplace_back(listed.substr(from, to - from));
    from = to + 1;
  }
  if (environment("XDG_CACHE_HOME") || environment("HOME")) folders.push_back(cache_folder());
  folders.emplace_back("/usr/share/datasets");
  return folders;
}

std::optional<fs::path> split_in(const fs::path& folder, std::string_view split) {
  if (auto found = find_idx(folder, split == "test" ? "t10k-images" : "train-images")) return found;
  if (is_file(folder / cifar_archive)) return folder / cifar_archive;
  return std::nullopt;
}

std::optional<fs::path> locate(std::string_view name, std::string_view split) {
  for (const auto& folder : search_path())
    if (auto found = split_in(folder / name, split)) return found;
  return std::nullopt;
}

fs::path network_file(const std::string& name) {
  const auto& file = registry_entry(name).files.front().name;
  std::vector<std::string> searched;
  for (const auto& folder : search_path()) {
    if (is_file(folder / name / file)) return folder / name / file;
    searched.push_back((folder / name / file).string());
  }
  throw usage("{} is not here: looked for {}; run: pushforward datasets fetch {}", name,
              fmt::join(searched, ", "), name);
}

std::vector<Status> list_datasets() {
  std::vector<Status> rows;
  std::set<std::string> others;
  for (const auto& folder : search_path()) {
    std::error_code unreadable;
    for (const auto& child : fs::directory_iterator(folder, unreadable))
      if (split_in(child.path(), "train") || split_in(child.path(), "test"))
        others.insert(child.path().filename().string());
  }
  for (const auto& entry : entries) {
    Status row{.name = entry.name, .about = entry.about, .fetchable = true, .network = entry.network};
    for (const auto& file : entry.files) row.bytes += file.bytes;
    rows.push_back(row);
    others.erase(entry.name);
  }
  for (const auto& name : others) rows.push_back({.name = name});
  for (auto& row : rows) {
    if (row.network) {
      for (const auto& folder : search_path())
        if (const auto file = folder / row.name / registry_entry(row.name).files.front().name;
            !row.train && is_file(file))
          row.train = file;
      continue;
    }
    row.train = locate(row.name, "train");
    row.test = locate(row.name, "test");
  }
  for (const auto& toy : toys()) rows.push_back({.name = toy.name, .about = toy.about, .generated = true});
  return rows;
}

}  // namespace pushforward::data
