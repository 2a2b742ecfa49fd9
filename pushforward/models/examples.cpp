#include "pushforward/models/examples.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/data/load.h"
#include "pushforward/data/loader.h"
#include "pushforward/data/perturb.h"
#include "pushforward/data/registry.h"
#include "pushforward/data/resize.h"
#include "pushforward/data/toys.h"

namespace pushforward::models {
namespace {

bool is_path(const std::string& text) {
  std::error_code ignored;
  return std::filesystem::exists(text, ignored);
}

std::string without_perturbations(const std::string& spec) {
  if (!is_path(spec))
    for (const auto& perturbation : data::perturbations())
      if (const auto end = "+" + perturbation.name; spec.ends_with(end))
        return without_perturbations(spec.substr(0, spec.size() - end.size()));
  return spec;
}

}  // namespace

std::string Examples::text() const {
  return fmt::format("{} has {} of {}", name, shape.points() ? "points" : "images", shape.text());
}

Examples load_examples(const std::string& spec, std::int64_t resize) {
  if (data::is_points(spec)) {
    auto points = data::load_points(spec);
    const auto shape = Shape::of_points(points.dims);
    auto name = points.name;
    return {std::move(name), shape, data::to_tensor(std::move(points))};
  }
  auto images = data::load_images(spec);
  if (resize > 0) images = data::resize(images, resize, resize);
  const Shape shape{.channels = images.channels, .height = images.height, .width = images.width};
  auto name = images.name;
  auto labels = data::labels_of(images);
  return {std::move(name), shape, data::to_tensor(std::move(images)), std::move(labels)};
}

std::string source_of(const std::string& spec) {
  auto base = without_perturbations(spec);
  std::vector<std::string> splits{"train", "test"};
  if (!is_path(base))
    for (const std::string split : {"train", "test"})
      if (base.ends_with(":" + split)) {
        base.resize(base.size() - split.size() - 1);
        splits = {split};
      }
  for (const auto& split : splits) {
    if (data::find_toy(base) != nullptr) return base + ":" + split;
    auto file = base.find('/') == std::string::npos ? data::locate(base, split) : std::nullopt;
    if (!file) file = data::split_in(base, split);
    if (file) return std::filesystem::canonical(*file).string() + ":" + split;
  }
  return is_path(base) ? std::filesystem::canonical(base).string() : spec;
}

std::optional<Examples> test_split(const std::string& spec, std::int64_t resize) {
  if (spec.find(':') != std::string::npos) return {};
  const auto end = spec.find('+');
  const auto name = spec.substr(0, end);
  if (data::find_toy(name) == nullptr && !(data::locate(name, "test") && data::locate(name, "train")))
    return {};
  return load_examples(name + ":test" + (end == std::string::npos ? "" : spec.substr(end)), resize);
}

}  // namespace pushforward::models
