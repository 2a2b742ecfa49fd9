#include "pushforward/data/npz_images.h"

#include <algorithm>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/core/names.h"
#include "pushforward/core/progress.h"
#include "pushforward/data/npy_images.h"

namespace pushforward::data {
namespace {

constexpr const char *usual_images = "arr_0", *usual_labels = "arr_1";

bool holds_images(const Npz& file, const std::string& name) {
  try {
    const NpyImageReader reader(file.open(name));
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::vector<std::uint8_t> labels_in(const Npz& file, std::int64_t count) {
  const auto array = file.read(usual_labels);
  const bool whole = array.type == NpyType::int64 || array.type == NpyType::uint8;
  const auto labels = array.values<std::int64_t>();
  if (!whole || array.shape != std::vector{count} ||
      std::ranges::any_of(labels, [](std::int64_t label) { return label < 0 || label > 255; }))
    throw fail("{}:{}: expected a label of 0 to 255 for each of {} images, found {} of {}", file.where(),
               usual_labels, count, array.shape_text(), name_of(array.type));
  return {labels.begin(), labels.end()};
}

}  // namespace

std::string images_array(const Npz& file, const std::string& wanted) {
  const auto& names = file.names();
  if (!wanted.empty() && !file.has(wanted))
    throw usage("{}: holds no array {}, expected one of {}{}", file.where(), wanted, fmt::join(names, ", "),
                did_you_mean(wanted, names));
  if (!wanted.empty()) return wanted;
  if (names.size() == 1) return names.front();
  if (file.has(usual_images)) return usual_images;
  std::vector<std::string> candidates;
  std::ranges::copy_if(names, std::back_inserter(candidates),
                       [&](const auto& name) { return holds_images(file, name); });
  if (candidates.empty())
    throw fail("{}: expected an array of images, found {}", file.where(),
               names.empty() ? "none at all" : fmt::format("{}", fmt::join(names, ", ")));
  if (candidates.size() > 1)
    throw usage("{}: holds several arrays of images, {}: choose one, as in {}:{}", file.where(),
                fmt::join(candidates, ", "), file.path().string(), candidates.front());
  return candidates.front();
}

std::vector<std::uint8_t> npz_labels(const Npz& file, const std::string& name, std::int64_t count) {
  if (name != usual_images || !file.has(usual_labels)) return {};
  try {
    return labels_in(file, count);
  } catch (const Error& error) {
    say("{}: read without labels", error.what());
    return {};
  }
}

Images read_npz_images(const std::filesystem::path& path, const std::string& wanted) {
  const Npz file(path);
  const auto name = images_array(file, wanted);
  Images images = NpyImageReader(file.open(name)).rest();
  if (!wanted.empty()) images.name += ":" + wanted;
  images.labels = npz_labels(file, name, images.count);
  return images;
}

}  // namespace pushforward::data
