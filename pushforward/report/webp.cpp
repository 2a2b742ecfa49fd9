#include "pushforward/report/webp.h"

#include <memory>

#include "pushforward/core/error.h"
#include "pushforward/report/webp_picture.h"

namespace pushforward::report {

std::string encode_webp(const Image& image, int level) {
  PF_CHECK(level >= 0 && level <= 9, "[webp] expected a level from 0 to 9, got {}", level);
  WebpPicture picture(image);
  const auto config = lossless(level);
  WebPMemoryWriter writer;
  WebPMemoryWriterInit(&writer);
  const std::unique_ptr<WebPMemoryWriter, void (*)(WebPMemoryWriter*)> clear(&writer, WebPMemoryWriterClear);
  picture.webp.writer = WebPMemoryWrite;
  picture.webp.custom_ptr = &writer;
  if (WebPEncode(&config, &picture.webp) == 0)
    throw fail("[webp] libwebp's error {} for {} × {} pixels", static_cast<int>(picture.webp.error_code),
               image.width, image.height);
  return {reinterpret_cast<const char*>(writer.mem), writer.size};
}

}  // namespace pushforward::report
