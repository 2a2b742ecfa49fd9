#include "pushforward/evaluation/feature_cache.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/core/progress.h"
#include "pushforward/data/checksum.h"
#include "pushforward/version.h"

namespace pushforward::evaluation {
namespace {

namespace fs = std::filesystem;

constexpr const char *ending = ".safetensors", *features_name = "features", *logits_name = "logits";

}  // namespace

FeatureCache::FeatureCache(fs::path folder, std::uintmax_t most) : folder_(std::move(folder)), most_(most) {}

std::string FeatureCache::key(const std::string& extractor, const at::Tensor& images) {
  const auto plain = images.contiguous();
  const auto pixels = data::sha256({static_cast<const char*>(plain.data_ptr()), plain.nbytes()});
  return data::sha256(fmt::format("{} {} {} {}", version, extractor, fmt::join(plain.sizes(), "×"), pixels));
}

fs::path FeatureCache::file_of(const std::string& key) const {
  return folder_ / (key + ending);
}

std::optional<Extracted> FeatureCache::find(const std::string& key, bool with_logits) const {
  const auto path = file_of(key);
  std::error_code none;
  if (!fs::is_regular_file(path, none)) return {};
  try {
    const auto file = checkpoint::load(path);
    const auto *features = file.find(features_name), *logits = file.find(logits_name);
    if (features == nullptr || (with_logits && logits == nullptr)) return {};
    fs::last_write_time(path, fs::file_time_type::clock::now(), none);
    return Extracted{*features, with_logits ? *logits : at::Tensor()};
  } catch (const Error&) {
    return {};
  }
}

void FeatureCache::keep(const std::string& key, const Extracted& features) {
  checkpoint::Tensors tensors{{features_name, features.features}};
  if (features.logits.defined()) tensors.emplace_back(logits_name, features.logits);
  try {
    make_folder(folder_);
    checkpoint::save(file_of(key), tensors);
    make_room();
  } catch (const Error& error) {
    if (!std::exchange(said_, true)) say("features are not kept for the next time: {}", error.what());
  }
}

void FeatureCache::make_room() const {
  struct Kept {
    fs::path path;
    fs::file_time_type used;
    std::uintmax_t size;
  };
  std::vector<Kept> files;
  std::uintmax_t total = 0;
  std::error_code gone;  // by another process, which is as well
  // What a killed process left unfinished counts too.
  for (const auto& entry : fs::directory_iterator(folder_, gone)) {
    const auto size = entry.file_size(gone);
    if (gone) continue;
    const auto used = entry.last_write_time(gone);
    if (gone) continue;
    files.push_back({entry.path(), used, size});
    total += size;
  }
  std::ranges::sort(files, {}, &Kept::used);
  for (const auto& file : files) {
    if (total <= most_) return;
    fs::remove(file.path, gone);
    total -= file.size;
  }
}

}  // namespace pushforward::evaluation
