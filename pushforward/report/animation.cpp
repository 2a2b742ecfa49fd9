#include "pushforward/report/animation.h"

#include <webp/mux.h>

#include <memory>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/report/webp_picture.h"

namespace pushforward::report {
namespace {

constexpr int quick = 1;  // Of levels 0 to 9; the later ones take far longer and save little on small grids.

struct DeleteEncoder {
  void operator()(WebPAnimEncoder* encoder) const { WebPAnimEncoderDelete(encoder); }
};

/// What libwebpmux fills and somebody must free.
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
  for (const Image& frame : frames) {
    check_webp(frame);
    PF_CHECK(frame.width == width && frame.height == height,
             "[webp] expected frames of one size, got {} × {} after {} × {}", frame.width, frame.height,
             width, height);
  }
}

}  // namespace

Animation animate(std::span<const Image> frames, const AnimationStyle& style) {
  check_frames(frames, style);
  const int width = frames[0].width, height = frames[0].height;
  WebPAnimEncoderOptions options;
  if (WebPAnimEncoderOptionsInit(&options) == 0) throw fail("[webp] {}", other_webp);
  const auto config = lossless(quick);
  options.anim_params.loop_count = 0;
  const std::unique_ptr<WebPAnimEncoder, DeleteEncoder> encoder(WebPAnimEncoderNew(width, height, &options));
  if (!encoder) throw fail("[webp] no memory for frames of {} × {}", width, height);

  int time = 0;
  for (const Image& frame : frames) {
    WebpPicture picture(frame);
    if (WebPAnimEncoderAdd(encoder.get(), &picture.webp, time, &config) == 0)
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
