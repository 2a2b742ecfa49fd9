// PNG decoding with libpng.
#pragma once

#include <string>
#include <string_view>

#include "pushforward/data/picture.h"

namespace pushforward::data {

bool is_png(std::string_view bytes);

/// The picture in the bytes of a PNG file; of 16 bits the upper 8, as Pillow takes them of colours. `where`
/// starts the message of the Error. Chunks that claim more than the file holds are refused before they are
/// allocated.
Picture decode_png(std::string_view bytes, const std::string& where);

}  // namespace pushforward::data
