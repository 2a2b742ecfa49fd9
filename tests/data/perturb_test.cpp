#include "pushforward/data/perturb.h"

#include "tests/data/support.h"

#include <cmath>

#include "pushforward/data/describe.h"

namespace pushforward::data {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// Two images of one channel, 2 high and 3 wide: 1 2 3 / 4 5 6 and the same plus 6.
Images small() {
  return {.name = "small",
          .count = 2,
          .channels = 1,
          .height = 2,
          .width = 3,
          .pixels = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
          .labels = {}};
}

Images perturbed(Images images, const std::string& name) {
  perturb(images, name);
  return images;
}

TEST(Perturb, Inverts) {
  EXPECT_EQ(perturbed(small(), "invert").pixels[3], 251);
}

TEST(Perturb, FlipsUpsideDown) {
  EXPECT_EQ(perturbed(small(), "flip").pixels, (Bytes{4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9}));
}

TEST(Perturb, RotatesCounterClockwise) {
  const Images turned = perturbed(small(), "rotate");
  EXPECT_EQ(turned.shape(), "2 images of 1×3×2");
  EXPECT_EQ(turned.pixels, (Bytes{3, 6, 2, 5, 1, 4, 9, 12, 8, 11, 7, 10}));
  Images full = small();
  for (int i = 0; i < 4; ++i) perturb(full, "rotate");
  EXPECT_EQ(full.pixels, small().pixels);
}

TEST(Perturb, NoiseHasItsSigmaAndDependsOnTheImageIndexOnly) {
  Images gray{
      .name = "gray", .count = 100, .channels = 1, .height = 28, .width = 28, .pixels = Bytes(78400, 128)};
  Images fewer = gray;
  fewer.count = 3;
  fewer.pixels.resize(3 * 784);
  perturb(gray, "noise");
  perturb(fewer, "noise");
  EXPECT_TRUE(std::equal(fewer.pixels.begin(), fewer.pixels.end(), gray.pixels.begin()));
  EXPECT_NE(Bytes(gray.image(0), gray.image(1)), Bytes(gray.image(1), gray.image(2)));
  const Description d = describe(gray);
  EXPECT_NEAR(d.std, 0.1, 0.002);
  EXPECT_NEAR(d.mean, 128 / 255.0, 0.002);
}

TEST(Perturb, MutatesAFifthOfThePixels) {
  Images gray{
      .name = "gray", .count = 100, .channels = 1, .height = 28, .width = 28, .pixels = Bytes(78400, 128)};
  perturb(gray, "mutate");
  double changed = 0, sum = 0;
  for (const int pixel : gray.pixels) changed += pixel != 128, sum += pixel == 128 ? 0 : pixel;
  EXPECT_NEAR(changed / 78400, 0.2 * 255 / 256, 4 * std::sqrt(0.2 * 0.8 / 78400));
  EXPECT_NEAR(sum / changed, 127.5, 4 * 73.9 / std::sqrt(changed));  // uniform over 0 … 255
  EXPECT_NE(Bytes(gray.image(0), gray.image(1)), Bytes(gray.image(1), gray.image(2)));
}

TEST(Perturb, NoiseIsClampedNotWrapped) {
  Images white{
      .name = "white", .count = 1, .channels = 1, .height = 28, .width = 28, .pixels = Bytes(784, 255)};
  EXPECT_GT(describe(perturbed(white, "noise")).min, 0.4);
}

TEST(Perturb, NamesTheNearest) {
  expect_contains(message([] { perturbed(small(), "rotte"); }),
                  {"unknown perturbation rotte", "did you mean rotate?"});
  EXPECT_EQ(perturbed(perturbed(small(), "flip"), "invert").name, "small+flip+invert");
}

TEST(Describe, CountsExactly) {
  Images images = small();
  images.labels = {2, 0};
  const Description d = describe(images);
  EXPECT_NEAR(d.mean, 6.5 / 255, 1e-12);
  EXPECT_NEAR(d.std, std::sqrt(143.0 / 12) / 255, 1e-12);
  EXPECT_DOUBLE_EQ(d.min, 1 / 255.0);
  EXPECT_DOUBLE_EQ(d.max, 12 / 255.0);
  EXPECT_EQ(d.labels, (std::vector<std::int64_t>{1, 0, 1}));
  EXPECT_EQ(to_json(d)["height"], 2);
}

}  // namespace
}  // namespace pushforward::data
