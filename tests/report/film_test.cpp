#include "tests/report/scratch_folder.h"
#include <gtest/gtest.h>
#include <webp/decode.h>
#include <webp/mux.h>

#include <algorithm>
#include <memory>

#include "pushforward/core/file.h"
#include "pushforward/report/animation.h"
#include "pushforward/report/film_strip.h"

namespace pushforward::report {
namespace {

using Pixels = std::vector<std::uint8_t>;

struct Frame {
  int milliseconds = 0;
  Pixels rgb;
};

/// The frames as a browser composes them.
std::vector<Frame> decode(const Animation& film) {
  const WebPData data{reinterpret_cast<const std::uint8_t*>(film.bytes.data()), film.bytes.size()};
  const std::unique_ptr<WebPMux, void (*)(WebPMux*)> mux(WebPMuxCreate(&data, 0), WebPMuxDelete);
  std::vector<Frame> frames;
  Pixels canvas(static_cast<std::size_t>(3 * film.width * film.height));
  WebPMuxFrameInfo info;
  for (std::uint32_t n = 1; WebPMuxGetFrame(mux.get(), n, &info) == WEBP_MUX_OK; ++n) {
    int width = 0, height = 0;
    const std::unique_ptr<std::uint8_t, void (*)(void*)> rgba(
        WebPDecodeRGBA(info.bitstream.bytes, info.bitstream.size, &width, &height), WebPFree);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const std::uint8_t* from = rgba.get() + 4 * (y * width + x);
        if (info.blend_method == WEBP_MUX_BLEND && from[3] == 0) continue;
        std::copy_n(
            from, 3,
            &canvas[static_cast<std::size_t>(3 * ((y + info.y_offset) * film.width + x + info.x_offset))]);
      }
    EXPECT_EQ(info.dispose_method, WEBP_MUX_DISPOSE_NONE);
    frames.push_back({info.duration, canvas});
    WebPDataClear(&info.bitstream);
  }
  return frames;
}

Image noise(int seed, int channels, int width = 9, int height = 7) {
  Image image{width, height, channels, {}};
  for (int i = 0; i < width * height * channels; ++i)
    image.pixels.push_back(static_cast<std::uint8_t>((i * 37 + seed * 101) ^ (i * seed)));
  return image;
}

TEST(Animation, EveryPixelOfEveryFrameSurvives) {
  const std::vector<Image> frames{noise(1, 3), noise(2, 3), noise(3, 3)};
  const Animation film = animate(frames, {.frame_milliseconds = 100, .last_milliseconds = 900});
  EXPECT_EQ(film.width, 9);
  EXPECT_EQ(film.height, 7);
  const auto decoded = decode(film);
  ASSERT_EQ(decoded.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(decoded[i].rgb, frames[i].pixels) << i;
  EXPECT_EQ(decoded[0].milliseconds, 100);
  EXPECT_EQ(decoded[1].milliseconds, 100);
  EXPECT_EQ(decoded[2].milliseconds, 900);
}

TEST(Animation, GrayIsGrayAndSmallChangesAreKept) {
  std::vector<Image> frames{noise(5, 1), noise(5, 1)};
  frames[1].pixels[20] = static_cast<std::uint8_t>(frames[1].pixels[20] + 1);
  const auto decoded = decode(animate(frames));
  ASSERT_EQ(decoded.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t p = 0; p < frames[i].pixels.size(); ++p)
      for (std::size_t c = 0; c < 3; ++c) EXPECT_EQ(decoded[i].rgb[3 * p + c], frames[i].pixels[p]);
}

TEST(Animation, IsTheSameEveryTimeAndAFile) {
  const std::vector<Image> frames{noise(1, 1), noise(2, 1)};
  const ScratchFolder folder;
  const Animation film = animate(frames);
  EXPECT_EQ(animate(frames).bytes, film.bytes);
  EXPECT_EQ(film.bytes.substr(0, 4) + film.bytes.substr(8, 4), "RIFFWEBP");
  film.write(folder / "film.webp");
  EXPECT_EQ(read_file(folder / "film.webp"), film.bytes);
  EXPECT_NE(message_of([&] { film.write("/nowhere/film.webp"); }).find("/nowhere/film.webp"),
            std::string::npos);
}

TEST(Animation, OfOneFrameOrOnePixelIsAPicture) {
  for (const Image& image : {noise(4, 3), Image{1, 1, 1, {77}}, noise(2, 1, 2000, 1)}) {
    const Animation film = animate(std::vector<Image>{image});
    int width = 0, height = 0;
    EXPECT_NE(WebPGetInfo(reinterpret_cast<const std::uint8_t*>(film.bytes.data()), film.bytes.size(), &width,
                          &height),
              0);
    EXPECT_EQ(width, image.width);
    EXPECT_EQ(height, image.height);
  }
}

TEST(Animation, EqualFramesTakeTheirTime) {
  const std::vector<Image> frames{noise(1, 3), noise(1, 3), noise(1, 3), noise(2, 3)};
  int before = 0, last = 0;
  for (const Frame& frame : decode(animate(frames, {.frame_milliseconds = 100, .last_milliseconds = 500})))
    (frame.rgb == frames[3].pixels ? last : before) += frame.milliseconds;
  EXPECT_EQ(before, 300);
  EXPECT_EQ(last, 500);
}

TEST(Animation, RefusesWhatIsNoFilm) {
  const auto refused = [](std::vector<Image> frames, const std::string& part,
                          const AnimationStyle& style = {}) {
    EXPECT_NE(message_of([&] { animate(frames, style); }).find(part), std::string::npos)
        << message_of([&] { animate(frames, style); });
  };
  refused({}, "expected frames, got none");
  refused({noise(1, 1), noise(1, 1, 9, 8)}, "got 9 × 8 after 9 × 7");
  refused({Image{2, 2, 1, {1, 2, 3}}}, "got 3 of 1");
  refused({Image{1, 1, 2, {1, 2}}}, "1 or 3 channels");
  refused({Image{0, 0, 1, {}}}, "got 0 × 0");
  refused({noise(1, 1, 16384, 1)}, "sides of 1 to 16383");
  refused({noise(1, 1)}, "times above 0 ms", {.frame_milliseconds = 0});
}

/// Image i of epoch e is one pixel of value 10 e + i.
std::vector<Pixels> epochs(int count, int images) {
  std::vector<Pixels> all;
  for (int e = 0; e < count; ++e) {
    all.emplace_back();
    for (int i = 0; i < images; ++i) all.back().push_back(static_cast<std::uint8_t>(10 * e + i));
  }
  return all;
}

std::vector<GridImages> views(const std::vector<Pixels>& pixels) {
  std::vector<GridImages> out;
  for (const Pixels& epoch : pixels) out.push_back({static_cast<int>(epoch.size()), 1, 1, 1, epoch});
  return out;
}

TEST(FilmStrip, HasAColumnForEachEpochAndARowForEachLatent) {
  const auto pixels = epochs(3, 4);
  const Image strip = film_strip(views(pixels), {.rows = 2, .scale = 1, .gap = 0});
  EXPECT_EQ(strip.width, 3);
  EXPECT_EQ(strip.height, 2);
  EXPECT_EQ(strip.pixels, (Pixels{0, 10, 20, 1, 11, 21}));
  EXPECT_EQ(film_strip(views(pixels), {.rows = 99, .scale = 1, .gap = 0}).height, 4);
}

TEST(FilmStrip, ShowsTheFirstAndTheLastOfMany) {
  EXPECT_EQ(film_columns(10, 4), (std::vector<std::size_t>{0, 3, 6, 9}));
  EXPECT_EQ(film_columns(3, 12), (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(film_columns(7, 1), (std::vector<std::size_t>{6}));
  EXPECT_EQ(film_columns(1, 5), (std::vector<std::size_t>{0}));
  EXPECT_TRUE(film_columns(0, 5).empty());
  for (std::size_t n = 1; n < 60; ++n) {
    const auto shown = film_columns(n, 12);
    EXPECT_EQ(shown.size(), std::min<std::size_t>(n, 12));
    EXPECT_EQ(shown.back(), n - 1);
    for (std::size_t i = 1; i < shown.size(); ++i) EXPECT_LT(shown[i - 1], shown[i]);
  }
  EXPECT_EQ(film_strip(views(epochs(10, 1)), {.columns = 4, .scale = 1, .gap = 0}).pixels,
            (Pixels{0, 30, 60, 90}));
}

TEST(FilmStrip, KeepsColours) {
  const Pixels planes{1, 2, 3, 4, 5, 6};  // one image of 3 × 1 × 2
  const std::vector<GridImages> one{{1, 3, 1, 2, planes}};
  const Image strip = film_strip(one, {.scale = 1, .gap = 0});
  EXPECT_EQ(strip.channels, 3);
  EXPECT_EQ(strip.pixels, (Pixels{1, 3, 5, 2, 4, 6}));
}

TEST(FilmStrip, RefusesEpochsThatDiffer) {
  auto pixels = epochs(2, 4);
  pixels[1].pop_back();
  EXPECT_NE(message_of([&] { film_strip(views(pixels)); }).find("expected 4 images"), std::string::npos);
  EXPECT_NE(message_of([] { film_strip({}); }).find("got none"), std::string::npos);
  const std::vector<GridImages> short_of_pixels{{4, 1, 1, 1, std::span(pixels[0]).first(3)}};
  EXPECT_NE(message_of([&] { film_strip(short_of_pixels); }).find("in 3 pixels"), std::string::npos);
  const std::vector<GridImages> nothing{{0, 1, 1, 1, {}}};
  EXPECT_NE(message_of([&] { film_strip(nothing); }), "");
  EXPECT_NE(message_of([&] { film_strip(views(epochs(1, 1)), {.rows = 0}); }).find("at least 1 row"),
            std::string::npos);
  EXPECT_NE(message_of([&] { film_strip(views(epochs(1, 1)), {.columns = 0}); }).find("at least 1 column"),
            std::string::npos);
}

}  // namespace
}  // namespace pushforward::report
