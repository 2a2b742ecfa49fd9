// The data sets Pushforward knows how to fetch, and where those already here are found.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pushforward::data {

struct RemoteFile {
  std::string name;
  std::string sum;  ///< as published: md5, 32 digits, or sha256, 64
  std::int64_t bytes = 0;
};

/// A set, or a network, that can be fetched: every file is at MIRROR/file, mirrors in order of preference.
struct Entry {
  std::string name;
  std::string about;
  std::vector<std::string> mirrors;
  std::vector<RemoteFile> files;
  bool network = false;  ///< A feature extractor, not images.
};

/// fashion-mnist, mnist, kmnist, cifar10; inception.
const std::vector<Entry>& registry();

/// Throws UsageError for an unknown name, with the nearest known one.
const Entry& registry_entry(const std::string& name);

/// Where sets are looked for, each in a sub-folder of its name: the folders of $PUSHFORWARD_DATA (separated
/// by colons), `cache_folder()`, /usr/share/datasets.
std::vector<std::filesystem::path> search_path();

/// Where `fetch` puts sets: $XDG_CACHE_HOME/pushforward, or ~/.cache/pushforward.
std::filesystem::path cache_folder();

/// The file that holds a split's images in a folder: t10k-images-idx3-ubyte (test) or train-images-idx3-ubyte
/// (train) under any of its usual names (idx.h), or cifar-10-binary.tar.gz (both).
std::optional<std::filesystem::path> split_in(const std::filesystem::path& folder, std::string_view split);

/// The first along the search path that has this split of this set, registered or not.
std::optional<std::filesystem::path> locate(std::string_view name, std::string_view split);

/// The file of a registered network, the first along the search path that is here. Throws UsageError saying
/// where it was looked for and how to fetch it.
std::filesystem::path network_file(const std::string& name);

/// A set and where its splits are; absent splits are empty. A network's file stands for its train split.
struct Status {
  std::string name;
  std::string about;  ///< "" for a folder that is not in the registry.
  bool fetchable = false;
  bool generated = false;  ///< Points drawn on demand (toys.h): both splits are always there.
  bool network = false;
  std::int64_t bytes = 0;  ///< To download, or 0.
  std::optional<std::filesystem::path> train, test;
};

/// Every registered set, then every other set found along the search path by name, then the generated ones.
std::vector<Status> list_datasets();

}  // namespace pushforward::data
