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
  std::string md5;
  std::int64_t bytes = 0;
};

/// A set that can be fetched: every file is at MIRROR/file, mirrors in order of preference.
struct Entry {
  std::string name;
  std::string about;
  std::vector<std::string> mirrors;
  std::vector<RemoteFile> files;
};

/// fashion-mnist, mnist, kmnist, cifar10.
const std::vector<Entry>& registry();

/// Throws UsageError for an unknown name, with the nearest known one.
const Entry& registry_entry(const std::string& name);

/// Where sets are looked for, each in a sub-folder of its name: the folders of $PUSHFORWARD_DATA (separated
/// by colons), `cache_folder()`, /usr/share/datasets.
std::vector<std::filesystem::path> search_path();

/// Where `fetch` puts sets: $XDG_CACHE_HOME/pushforward, or ~/.cache/pushforward.
std::filesystem::path cache_folder();

/// The file that holds a split's images in a folder: t10k-images-idx3-ubyte (test) or train-images-idx3-ubyte
/// (train), plain or .gz, or cifar-10-binary.tar.gz (both).
std::optional<std::filesystem::path> split_in(const std::filesystem::path& folder, std::string_view split);

/// The first along the search path that has this split of this set, registered or not.
std::optional<std::filesystem::path> locate(std::string_view name, std::string_view split);

/// A set and where its splits are; absent splits are empty.
struct Status {
  std::string name;
  std::string about;  ///< "" for a folder that is not in the registry.
  bool fetchable = false;
  bool generated = false;  ///< Points drawn on demand (toys.h): both splits are always there.
  std::int64_t bytes = 0;  ///< To download, or 0.
  std::optional<std::filesystem::path> train, test;
};

/// Every registered set, then every other set found along the search path by name, then the generated ones.
std::vector<Status> list_datasets();

}  // namespace pushforward::data
