// The options by which verbs say how files of images are read.
#pragma once

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

#include "pushforward/cli/checks.h"
#include "pushforward/data/reading.h"

namespace pushforward::cli {

/// Writes into `reading`, which must outlive the parsing.
inline void add_reading(CLI::App& verb, data::Reading& reading) {
  verb.add_flag("--strict", reading.strict,
                "End at the first file of a folder that is no image, instead of leaving it out");
  verb.add_option_function<std::string>(
      "--background", [&reading](const std::string& text) { reading.background = data::colour(text); },
      "Colour behind transparent pixels, white, black, gray or #rrggbb (default: they are refused)");
  verb.add_flag("--upright", reading.upright, "Turn pictures as their EXIF orientation says");
  verb.add_option_function<std::int64_t>(
          "--resize", [&reading](const std::int64_t& side) { reading.height = reading.width = side; },
          "Make all images SIDE × SIDE")
      ->check(between(1, 4096))
      ->type_name("SIDE");
  verb.add_option_function<std::string>(
          "--resize-mode", [&reading](const std::string& name) { reading.mode = data::resize_mode(name); },
          "How images are resized: pillow-bilinear (default), clean, legacy_pytorch, legacy_tensorflow or "
          "center-crop")
      ->check(one_of(data::resize_mode_names()));
}

}  // namespace pushforward::cli
