#include "pushforward/data/reading.h"

#include <charconv>

#include "pushforward/core/error.h"
#include "pushforward/core/names.h"

namespace pushforward::data {
namespace {

struct ModeName {
  std::string name;
  ResizeMode mode;
};

const std::vector<ModeName> modes{{"pillow-bilinear", ResizeMode::pillow_bilinear},
                                  {"clean", ResizeMode::clean},
                                  {"legacy_pytorch", ResizeMode::legacy_pytorch},
                                  {"legacy_tensorflow", ResizeMode::legacy_tensorflow},
                                  {"center-crop", ResizeMode::center_crop}};

struct ColourName {
  std::string_view name;
  Colour colour;
};

constexpr std::array<ColourName, 3> colours{
    {{"white", {255, 255, 255}}, {"black", {0, 0, 0}}, {"gray", {128, 128, 128}}}};

}  // namespace

std::string_view name_of(ResizeMode mode) {
  for (const auto& known : modes)
    if (known.mode == mode) return known.name;
  return "?";
}

const std::vector<std::string>& resize_mode_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& known : modes) all.push_back(known.name);
    return all;
  }();
  return names;
}

ResizeMode resize_mode(const std::string& name) {
  return find_named(modes, name, "mode of resizing").mode;
}

Colour colour(const std::string& text) {
  for (const auto& known : colours)
    if (known.name == text) return known.colour;
  std::uint32_t value = 0;
  const char* end = text.data() + text.size();
  const bool digits = text.size() == 7 && text[0] == '#';
  if (const auto read = std::from_chars(text.data() + (digits ? 1 : 0), end, value, 16);
      !digits || read.ec != std::errc() || read.ptr != end)
    throw usage("expected a colour, white, black, gray or #rrggbb, found {}", text);
  return {static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 8),
          static_cast<std::uint8_t>(value)};
}

}  // namespace pushforward::data
