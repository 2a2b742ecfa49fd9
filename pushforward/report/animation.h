// Pictures that follow one another, as one animated WebP.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "pushforward/report/grid.h"

namespace pushforward::report {

struct AnimationStyle {
  int frame_milliseconds = 333;
  int last_milliseconds = 2000;  ///< The last frame is held before the film starts over.
};

/// A WebP file in memory. Shown by every browser, opened by image viewers.
struct Animation {
  int width = 0, height = 0;
  std::string bytes;

  /// Atomically. Throws Error naming the path.
  void write(const std::filesystem::path& path) const;
};

/// Lossless, endlessly repeated: every pixel is the frame's. Throws Error without frames, for frames of
/// different sizes, for one that encode_webp (webp.h) does not take, and for times that are not positive.
Animation animate(std::span<const Image> frames, const AnimationStyle& style = {});

}  // namespace pushforward::report
