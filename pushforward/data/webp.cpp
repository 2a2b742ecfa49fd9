#include "pushforward/data/webp.h"

#include <webp/decode.h>
#include <webp/mux.h>

#include <memory>

#include "pushforward/core/error.h"

namespace pushforward::data {
namespace {

struct DeleteMux {
  void operator()(WebPMux* mux) const { WebPMuxDelete(mux); }
};

int orientation_of(const WebPData& file) {
  const std::unique_ptr<WebPMux, DeleteMux> mux(WebPMuxCreate(&file, 0));
  WebPData exif{};
  if (!mux || WebPMuxGetChunk(mux.get(), "EXIF", &exif) != WEBP_MUX_OK) return 1;
  return exif_orientation({reinterpret_cast<const char*>(exif.bytes), exif.size});
}

}  // namespace

bool is_webp(std::string_view bytes) {
  return bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP";
}

Picture decode_webp(std::string_view bytes, const std::string& where) {
  const WebPData file{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  WebPBitstreamFeatures found{};
  if (WebPGetFeatures(file.bytes, file.size, &found) != VP8_STATUS_OK)
    throw fail("[webp] {}: the file is damaged or cut short", where);
  if (found.has_animation != 0) throw fail("[webp] {}: expected one picture, found an animation", where);
  const unsigned channels = found.has_alpha != 0 ? 4 : 3;
  expect_bounded(static_cast<unsigned>(found.height), static_cast<unsigned>(found.width), channels,
                 "[webp] " + where);
  Picture picture{.height = found.height, .width = found.width, .channels = channels, .pixels = {}};
  const int stride = found.width * static_cast<int>(channels);
  picture.pixels.resize(static_cast<std::size_t>(stride) * static_cast<std::size_t>(found.height));
  const auto decode = found.has_alpha != 0 ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  if (decode(file.bytes, file.size, picture.pixels.data(), picture.pixels.size(), stride) == nullptr)
    throw fail("[webp] {}: the file is damaged or cut short", where);
  picture.orientation = orientation_of(file);
  return picture;
}

}  // namespace pushforward::data
