// JPEG decoding with libjpeg-turbo.
#pragma once

#include <string>
#include <string_view>

#include "pushforward/data/images.h"

namespace pushforward::data {

bool is_jpeg(std::string_view bytes);

/// One image from the bytes of a JPEG file; `where` starts the message of the Error. What libjpeg only warns
/// about (data cut short, corrupt codes) is an Error here.
Images decode_jpeg(std::string_view bytes, const std::string& where);

}  // namespace pushforward::data
