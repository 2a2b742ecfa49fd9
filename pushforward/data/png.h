// PNG decoding with libpng.
#pragma once

#include <string>
#include <string_view>

#include "pushforward/data/images.h"

namespace pushforward::data {

bool is_png(std::string_view bytes);

/// One image from the bytes of a PNG file; `where` starts the message of the Error.
Images decode_png(std::string_view bytes, const std::string& where);

}  // namespace pushforward::data
