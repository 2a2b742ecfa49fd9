// JPEG decoding with libjpeg-turbo.
#pragma once

#include <string>
#include <string_view>

#include "pushforward/data/picture.h"

namespace pushforward::data {

bool is_jpeg(std::string_view bytes);

/// The picture in the bytes of a JPEG file; `where` starts the message of the Error. CMYK becomes
/// RGB as Pillow makes it. What libjpeg only warns about is an Error here (data cut short, corrupt codes)
/// unless the pixels are whole (extraneous bytes before a marker, odd versions).
Picture decode_jpeg(std::string_view bytes, const std::string& where);

}  // namespace pushforward::data
