#include "pushforward/report/animation.h"

#include <webp/encode.h>
#include <webp/mux.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"

namespace pushforward::report {
namespace {

constexpr int quick = 1;  // Of levels 0 to 9; the later ones take far longer and save little on small grids.

struct DeleteEncoder {
  void operator()(WebPAnimEncoder* encoder) const { WebPAnimEncoderDelete(encoder); }
};

/// What libwebp fills and somebody must free.
struct Picture {
  WebPPicture webp{};
  Picture() {
    if (WebPPictureInit(&webp) == 0) throw fail("[webp] libwebp is of another version than its headers");
  }
  ~Picture() { WebPPictureFree(&webp); }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
};
struct Data {
  WebPData webp{};
  Data() { WebPDataInit(&webp); }
  ~Data() { WebPDataClear(&webp); }
  Data(const Data&) = delete;
  Data& operator=(const Data&) = delete;
};

void check_frames(std::span<const Image> frames, const AnimationStyle& style) {
  PF_CHECK(!frames.empty(), "[webp] expected frames, got none");
  PF_CHECK(style.frame_milliseconds > 0 && style.last_milliseconds > 0,
           "[webp] expected times above 0 ms, got {} and {}", style.frame_milliseconds,
           style.last_milliseconds);
  const int width = frames[0].width, height = frames[0].height;
  PF_CHECK(width > 0 && height > 0 && width <= WEBP_MAX_DIMENSION && height <= WEBP_MAX_DIMENSION,
           "[webp] expected sides of 1 to {}, got {} × {}", WEBP_MAX_DIMENSION, width, height);
  for (const Image& frame : frames) {
    PF_CHECK(frame.width == width && frame.height == height,
             "[webp] expected frames of one size, got {} × {} after {} × {}", frame.width, frame.height,
             width, height);
    PF_CHECK((frame.channels == 1 || frame.channels == 3) &&
                 frame.pixels.size() == std::size_t{1} * static_cast<std::size_t>(width) *
                                            static_cast<std::size_t>(height) *
                                            static_cast<std::size_t>(frame.channels),
             "[webp] expected {} × {} pixels of 1 or 3 channels, got {} of {}", width, height,
             frame.pixels.size(), frame.channels);
  }
}

std::vector<std::uint8_t> rgb(const Image& frame) {
  if (frame.channels == 3) return frame.pixels;
  std::vector<std::uint8_t> pixels;
  pixels.reserve(3 * frame.pixels.size());
  for (const std::uint8_t v : frame.pixels) pixels.insert(pixels.end(), 3, v);
  return pixels;
}

}  // namespace

Animation animate(std::span<const Image> frames, const AnimationStyle& style) {
  check_frames(frames, style);
  const int width = frames[0].width, height = frames[0].height;
  WebPAnimEncoderOptions options;
  WebPConfig config;
  if (WebPAnimEncoderOptionsInit(&options) == 0 || WebPConfigInit(&config) == 0 ||
      WebPConfigLosslessPreset(&config, quick) == 0)
    throw fail("[webp] libwebp is of another version than its headers");
  options.anim_params.loop_count = 0;
  const std::unique_ptr<WebPAnimEncoder, DeleteEncoder> encoder(WebPAnimEncoderNew(width, height, &options));
  if (!encoder) throw fail("[webp] no memory for frames of {} × {}", width, height);

  int time = 0;
  for (const Image& frame : frames) {
    Picture picture;
    picture.webp.use_argb = 1;
    picture.webp.width = width;
    picture.webp.height = height;
    const auto pixels = rgb(frame);
    if (WebPPictureImportRGB(&picture.webp, pixels.data(), 3 * width) == 0 ||
        WebPAnimEncoderAdd(encoder.get(), &picture.webp, time, &config) == 0)
      throw fail("[webp] {}", WebPAnimEncoderGetError(encoder.get()));
    time += style.frame_milliseconds;
  }
  time += style.last_milliseconds - style.frame_milliseconds;
  Data data;
  if (WebPAnimEncoderAdd(encoder.get(), nullptr, time, nullptr) == 0 ||
      WebPAnimEncoderAssemble(encoder.get(), &data.webp) == 0)
    throw fail("[webp] {}", WebPAnimEncoderGetError(encoder.get()));
  return {.width = width,
          .height = height,
          .bytes = std::string(reinterpret_cast<const char*>(data.webp.bytes), data.webp.size)};
}

void Animation::write(const std::filesystem::path& path) const {
  write_file(path, bytes);
}

}  // namespace pushforward::report
