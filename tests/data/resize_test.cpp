#include "pushforward/data/resize.h"

#include "tests/data/support.h"

#include <map>

#include "pushforward/core/random.h"
#include "pushforward/data/npy.h"

namespace pushforward::data {
namespace {

namespace fs = std::filesystem;

const fs::path goldens = fs::path(PUSHFORWARD_TESTS_DIR) / "goldens" / "resize";

Images noise(std::int64_t count, std::int64_t channels, std::int64_t height, std::int64_t width) {
  Images images{.name = "noise", .count = count, .channels = channels, .height = height, .width = width};
  images.pixels.resize(static_cast<std::size_t>(count * images.dims()));
  auto engine = stream(7, "resize");
  for (auto& v : images.pixels) v = static_cast<std::uint8_t>(engine());
  return images;
}

TEST(Resize, IsPillowBitForBit) {
  std::size_t cases = 0;
  for (const auto& file : fs::directory_iterator(goldens)) {
    const std::string name = file.path().filename().string();
    const auto mark = name.find("-in.npy");
    if (mark == std::string::npos) continue;
    ++cases;
    const Images in = read_npy_images(file.path());
    const Images expected = read_npy_images(goldens / (name.substr(0, mark) + "-out.npy"));
    const Images out = resize(in, expected.height, expected.width);
    EXPECT_EQ(out.shape(), expected.shape()) << name;
    EXPECT_EQ(out.pixels, expected.pixels) << name;
  }
  EXPECT_EQ(cases, 8u);
}

TEST(Resize, ModesAreTheirOriginals) {
  std::map<std::string, int> cases;
  for (const auto& file : fs::directory_iterator(goldens / "modes")) {
    const std::string name = file.path().filename().string();
    const auto mark = name.find("-in.npy");
    if (mark == std::string::npos) continue;
    const auto mode = name.starts_with("center-crop") ? "center-crop" : name.substr(0, name.find('-'));
    ++cases[mode];
    const Images in = read_npy_images(file.path());
    const NpyArray expected = read_npy(goldens / "modes" / (name.substr(0, mark) + "-out.npy"));
    const auto height = expected.shape[2], width = expected.shape[3];
    const auto exact = expected.values<float>(), found = resized_levels(in, height, width, resize_mode(mode));
    const Images rounded = resize(in, height, width, resize_mode(mode));
    EXPECT_EQ(rounded.height, height);
    ASSERT_EQ(found.size(), exact.size()) << name;
    for (std::size_t i = 0; i < exact.size(); ++i) {
      ASSERT_NEAR(found[i], exact[i], mode == "center-crop" ? 0 : 5e-4) << name << " " << i;
      ASSERT_NEAR(rounded.pixels[i], exact[i], 0.5 + 5e-4) << name << " " << i;
    }
  }
  EXPECT_EQ(cases, (std::map<std::string, int>{
                       {"clean", 5}, {"legacy_pytorch", 5}, {"legacy_tensorflow", 5}, {"center-crop", 5}}));
  expect_contains(message([] { resize_mode("claen"); }),
                  {"unknown mode of resizing claen", "did you mean clean?"});
}

/// Of the four pixels 0, 100, 200, 40 in a row: each output's two neighbours lie from its corner, not its
/// middle.
TEST(Resize, TensorFlowsFirstPixelIsTheFirst) {
  Images row{.name = "row", .count = 1, .channels = 1, .height = 1, .width = 4, .pixels = {0, 100, 200, 40}};
  EXPECT_EQ(resized_levels(row, 1, 2, ResizeMode::legacy_tensorflow), (std::vector<float>{0, 200}));
  EXPECT_EQ(resized_levels(row, 1, 8, ResizeMode::legacy_tensorflow),
            (std::vector<float>{0, 50, 100, 150, 200, 120, 40, 40}));
}

TEST(Resize, ModesLeaveAnImageOfThatSizeAlone) {
  const Images images = noise(2, 3, 9, 7);
  for (const auto& mode : resize_mode_names())
    EXPECT_EQ(resize(images, 9, 7, resize_mode(mode)).pixels, images.pixels) << mode;
}

TEST(Resize, AnImageDoesNotDependOnItsNeighboursNorOnThreads) {
  const Images many = noise(3000, 1, 28, 28);
  const Images all = resize(many, 64, 64);
  for (const std::int64_t i : {0, 1, 1499, 2999}) {
    Images one = many;
    one.count = 1;
    one.pixels.assign(many.image(i), many.image(i) + many.dims());
    const Images alone = resize(one, 64, 64);
    EXPECT_TRUE(std::equal(alone.pixels.begin(), alone.pixels.end(), all.image(i))) << i;
  }
}

TEST(Resize, KeepsFlatImagesFlat) {
  for (const int v : {0, 1, 127, 254, 255}) {
    Images flat{.name = "flat", .count = 1, .channels = 3, .height = 5, .width = 4};
    flat.pixels.assign(60, static_cast<std::uint8_t>(v));
    for (const auto& [height, width] : {std::pair{1, 1}, {64, 64}, {3, 17}, {2, 4}}) {
      const Images out = resize(flat, height, width);
      EXPECT_EQ(out.pixels, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * height * width),
                                                      static_cast<std::uint8_t>(v)))
          << v << " at " << height << "×" << width;
    }
  }
}

TEST(Resize, TheSameSizeIsTheSameImage) {
  const Images images = noise(4, 3, 6, 9);
  EXPECT_EQ(resize(images, 6, 9).pixels, images.pixels);
}

TEST(Resize, KeepsNameSourceAndLabels) {
  Images images = noise(2, 1, 4, 4);
  images.source = "somewhere";
  images.labels = {3, 5};
  const Images out = images.resized(8);
  EXPECT_EQ(out.name, "noise");
  EXPECT_EQ(out.source, "somewhere");
  EXPECT_EQ(out.labels, images.labels);
  EXPECT_EQ(out.shape(), "2 images of 1×8×8");
}

TEST(Resize, AnEmptySetStaysEmpty) {
  const Images out = resize(noise(0, 3, 4, 4), 7, 7);
  EXPECT_EQ(out.shape(), "0 images of 3×7×7");
  EXPECT_TRUE(out.pixels.empty());
}

TEST(Resize, ReachesItsLargestImageAndNoFurther) {
  const Images dot = noise(1, 1, 1, 1);
  EXPECT_EQ(resize(dot, 1, 1 << 16).pixels, std::vector<std::uint8_t>(1 << 16, dot.pixels[0]));
  for (const auto& [height, width] : {std::pair<std::int64_t, std::int64_t>{0, 5},
                                      {5, -1},
                                      {1, (1 << 16) + 1},
                                      {1 << 14, 1 << 13},
                                      {INT64_MAX, INT64_MAX}})
    expect_contains(message([&, h = height, w = width] { resize(dot, h, w); }),
                    {"[resize] noise: expected sides of 1 to 65536", fmt::format("1×{}×{}", height, width)});
}

}  // namespace
}  // namespace pushforward::data
