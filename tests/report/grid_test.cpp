#include "pushforward/report/grid.h"

#include "tests/report/scratch_folder.h"
#include <gtest/gtest.h>
#include <png.h>

#include <cstring>

#include "pushforward/core/file.h"

namespace pushforward::report {
namespace {

Image decode(const std::string& bytes) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  EXPECT_NE(png_image_begin_read_from_memory(&header, bytes.data(), bytes.size()), 0) << header.message;
  const bool gray = (header.format & PNG_FORMAT_FLAG_COLOR) == 0;
  header.format = gray ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  Image image{static_cast<int>(header.width), static_cast<int>(header.height), gray ? 1 : 3, {}};
  image.pixels.resize(PNG_IMAGE_SIZE(header));
  EXPECT_NE(png_image_finish_read(&header, nullptr, image.pixels.data(), 0, nullptr), 0) << header.message;
  return image;
}

TEST(Grid, GrayPixelsByHand) {
  const ScratchFolder folder;
  const std::vector<std::uint8_t> pixels{1, 2, 11, 12, 21, 22};  // three images of 1 × 2
  write_grid(folder / "grid.png", {3, 1, 1, 2, pixels},
             {.columns = 2, .scale = 2, .gap = 1, .background = 99});
  const Image image = decode(read_file(folder / "grid.png"));
  EXPECT_EQ(image.width, 11);
  EXPECT_EQ(image.height, 7);
  EXPECT_EQ(image.channels, 1);
  const std::vector<std::uint8_t> expected{99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,  //
                                           99, 1,  1,  2,  2,  99, 11, 11, 12, 12, 99,  //
                                           99, 1,  1,  2,  2,  99, 11, 11, 12, 12, 99,  //
                                           99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,  //
                                           99, 21, 21, 22, 22, 99, 99, 99, 99, 99, 99,  //
                                           99, 21, 21, 22, 22, 99, 99, 99, 99, 99, 99,  //
                                           99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};
  EXPECT_EQ(image.pixels, expected);
}

TEST(Grid, ColourPlanesBecomePixels) {
  const std::vector<std::uint8_t> planes{1, 2, 3, 4, 5, 6};  // R: 1 2, G: 3 4, B: 5 6
  const Image image = decode(encode_png(make_grid({1, 3, 1, 2, planes}, {.scale = 1, .gap = 0})));
  EXPECT_EQ(image.channels, 3);
  EXPECT_EQ(image.pixels, (std::vector<std::uint8_t>{1, 3, 5, 2, 4, 6}));
}

TEST(Grid, EveryGrayLevelSurvivesTheFile) {
  Image image{256, 1, 1, {}};
  for (int i = 0; i < 256; ++i) image.pixels.push_back(static_cast<std::uint8_t>(i));
  EXPECT_EQ(decode(encode_png(image)).pixels, image.pixels);
}

TEST(Grid, ColumnsByDefaultAreSquareAndNeverMoreThanImages) {
  const std::vector<std::uint8_t> pixels(5);
  const GridImages five{5, 1, 1, 1, pixels};
  EXPECT_EQ(make_grid(five, {.scale = 1, .gap = 0}).width, 3);
  EXPECT_EQ(make_grid(five, {.scale = 1, .gap = 0}).height, 2);
  EXPECT_EQ(make_grid(five, {.columns = 99, .scale = 1, .gap = 0}).width, 5);
}

TEST(Grid, RefusesWhatIsNoPicture) {
  const std::vector<std::uint8_t> six(6);
  EXPECT_NE(message_of([&] { make_grid({0, 1, 1, 1, {}}); }), "");
  EXPECT_NE(message_of([&] {
              make_grid({1, 2, 1, 3, six});
            }).find("1 or 3 channels, got 2"),
            std::string::npos);
  EXPECT_NE(message_of([&] { make_grid({5, 1, 1, 1, six}); }).find("got 6"), std::string::npos);
  EXPECT_NE(message_of([&] { make_grid({7, 1, 1, 1, six}); }).find("got 6"), std::string::npos);
  EXPECT_NE(message_of([&] { make_grid({6, 1, 1, 1, six}, {.scale = 0}); }), "");
  EXPECT_NE(message_of([&] {
              make_grid({6, 1, 1, 1, six}, {.scale = 1 << 20});
            }).find("too large"),
            std::string::npos);
  EXPECT_NE(message_of([&] { encode_png({2, 2, 1, {1, 2, 3}}); }).find("got 3"), std::string::npos);
}

TEST(Grid, NamesThePathItCannotWrite) {
  EXPECT_NE(message_of([] {
              write_png("/nowhere/at/all.png", {1, 1, 1, {0}});
            }).find("/nowhere/at/all.png"),
            std::string::npos);
}

}  // namespace
}  // namespace pushforward::report
