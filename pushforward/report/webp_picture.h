// An image as libwebp takes it.
#pragma once

#include <webp/encode.h>

#include "pushforward/report/grid.h"

namespace pushforward::report {

/// Throws Error for a side beyond WebP's 16,383 and for pixels that do not fit the size.
void check_webp(const Image& image);

struct WebpPicture {
  /// Throws as check_webp.
  explicit WebpPicture(const Image& image);
  ~WebpPicture();
  WebpPicture(const WebpPicture&) = delete;
  WebpPicture& operator=(const WebpPicture&) = delete;

  WebPPicture webp{};
};

/// The settings of a lossless level, 0 to 9.
WebPConfig lossless(int level);

inline constexpr const char* other_webp = "libwebp is of another version than its headers";

}  // namespace pushforward::report
