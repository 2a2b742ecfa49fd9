// What is done with pictures where files leave a choice.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pushforward::data {

/// How images of one size are made of others (resize.h).
enum class ResizeMode { pillow_bilinear, clean, legacy_pytorch, legacy_tensorflow, center_crop };

/// "pillow-bilinear", "clean", "legacy_pytorch", "legacy_tensorflow", "center-crop".
std::string_view name_of(ResizeMode mode);
const std::vector<std::string>& resize_mode_names();
/// Throws UsageError for another name, with the nearest.
ResizeMode resize_mode(const std::string& name);

using Colour = std::array<std::uint8_t, 3>;  ///< Red, green, blue.

/// "white", "black", "gray" or "#rrggbb". Throws UsageError for anything else.
Colour colour(const std::string& text);

/// How files are read. A Spec carries one along.
struct Reading {
  bool strict = false;                 ///< The first file of a folder that is no image is an Error.
  std::optional<Colour> background;    ///< Behind transparent pixels, which are an Error without it.
  bool upright = false;                ///< Pictures are turned as their EXIF orientation says.
  std::int64_t height = 0, width = 0;  ///< Images become this size; 0: as they are.
  ResizeMode mode = ResizeMode::pillow_bilinear;

  bool operator==(const Reading&) const = default;
  bool resizes() const { return height > 0; }
};

}  // namespace pushforward::data
