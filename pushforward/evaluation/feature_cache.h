// Features that were extracted before, kept in files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "pushforward/evaluation/extractor.h"

namespace pushforward::evaluation {

/// Keeps features of parts of sets by the content of their images: whichever verb asks, and of whichever set,
/// images that were seen before need no network. Extraction that was interrupted goes on where it stopped.
/// A file that is damaged is as good as none.
class FeatureCache {
 public:
  static constexpr std::uintmax_t usual_most = std::uintmax_t{4} << 30;

  /// In files in `folder` of together at most `most` bytes: those that were used longest ago go first.
  explicit FeatureCache(std::filesystem::path folder, std::uintmax_t most = usual_most);

  /// The key of images uint8 [N, C, H, W] under the extractor of that name, by all of their pixels.
  static std::string key(const std::string& extractor, const at::Tensor& images);

  /// What is kept under `key`; nothing also where logits are asked for and are not there.
  std::optional<Extracted> find(const std::string& key, bool with_logits) const;

  /// Where it cannot be kept (a full disk, no permission) it says so, the first time, and goes on.
  void keep(const std::string& key, const Extracted& features);

 private:
  std::filesystem::path file_of(const std::string& key) const;
  void make_room() const;

  std::filesystem::path folder_;
  std::uintmax_t most_;
  bool said_ = false;
};

}  // namespace pushforward::evaluation
