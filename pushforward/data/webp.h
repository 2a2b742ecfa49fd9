// WebP decoding with libwebp.
#pragma once

#include <string>
#include <string_view>

#include "pushforward/data/picture.h"

namespace pushforward::data {

bool is_webp(std::string_view bytes);

/// The picture in the bytes of a WebP file, RGB with alpha where the file has any; `where` starts the message
/// of the Error. Throws Error for an animation.
Picture decode_webp(std::string_view bytes, const std::string& where);

}  // namespace pushforward::data
