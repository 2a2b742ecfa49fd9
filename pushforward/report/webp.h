// One image as a WebP file.
#pragma once

#include <string>

#include "pushforward/report/grid.h"

namespace pushforward::report {

/// A lossless WebP file, its level from 0, quick, to 9, short. Throws Error for another level, for a side
/// beyond WebP's 16,383 and for pixels that do not fit the size.
std::string encode_webp(const Image& image, int level = 6);

}  // namespace pushforward::report
