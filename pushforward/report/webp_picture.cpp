#include "pushforward/report/webp_picture.h"

#include "pushforward/core/error.h"

namespace pushforward::report {

void check_webp(const Image& image) {
  const auto [width, height, channels, pixels] = image;
  PF_CHECK(width > 0 && height > 0 && width <= WEBP_MAX_DIMENSION && height <= WEBP_MAX_DIMENSION,
           "[webp] expected sides of 1 to {}, got {} × {}", WEBP_MAX_DIMENSION, width, height);
  PF_CHECK((channels == 1 || channels == 3) &&
               pixels.size() == std::size_t{1} * static_cast<std::size_t>(width) *
                                    static_cast<std::size_t>(height) * static_cast<std::size_t>(channels),
           "[webp] expected {} × {} pixels of 1 or 3 channels, got {} of {}", width, height, pixels.size(),
           channels);
}

namespace {

std::vector<std::uint8_t> rgb(const Image& image) {
  if (image.channels == 3) return image.pixels;
  std::vector<std::uint8_t> pixels;
  pixels.reserve(3 * image.pixels.size());
  for (const std::uint8_t v : image.pixels) pixels.insert(pixels.end(), 3, v);
  return pixels;
}

}  // namespace

WebpPicture::WebpPicture(const Image& image) {
  check_webp(image);
  if (WebPPictureInit(&webp) == 0) throw fail("[webp] {}", other_webp);
  webp.use_argb = 1;
  webp.width = image.width;
  webp.height = image.height;
  if (WebPPictureImportRGB(&webp, rgb(image).data(), 3 * image.width) == 0)
    throw fail("[webp] no memory for {} × {} pixels", image.width, image.height);
}

WebpPicture::~WebpPicture() {
  WebPPictureFree(&webp);
}

WebPConfig lossless(int level) {
  WebPConfig config;
  if (WebPConfigInit(&config) == 0 || WebPConfigLosslessPreset(&config, level) == 0)
    throw fail("[webp] {}", other_webp);
  return config;
}

}  // namespace pushforward::report
