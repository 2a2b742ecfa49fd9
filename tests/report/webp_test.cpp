#include "pushforward/report/webp.h"

#include <gtest/gtest.h>
#include <webp/decode.h>

#include <memory>

#include "pushforward/core/error.h"

namespace pushforward::report {
namespace {

Image pattern(int channels) {
  Image image{21, 13, channels, {}};
  for (int i = 0; i < 21 * 13 * channels; ++i)
    image.pixels.push_back(static_cast<std::uint8_t>((i * 37) ^ (i / 5)));
  return image;
}

TEST(Webp, EveryPixelComesBackAtEveryLevel) {
  for (const int channels : {1, 3})
    for (const int level : {0, 6, 9}) {
      const auto image = pattern(channels);
      const auto file = encode_webp(image, level);
      EXPECT_EQ(file.substr(0, 4) + file.substr(8, 8), "RIFFWEBPVP8L");
      int width = 0, height = 0;
      const std::unique_ptr<std::uint8_t, void (*)(void*)> rgb(
          WebPDecodeRGB(reinterpret_cast<const std::uint8_t*>(file.data()), file.size(), &width, &height),
          WebPFree);
      ASSERT_EQ(width, 21);
      ASSERT_EQ(height, 13);
      for (std::size_t i = 0; i < 21 * 13; ++i)
        for (std::size_t c = 0; c < 3; ++c)
          EXPECT_EQ(rgb.get()[3 * i + c], image.pixels[channels == 3 ? 3 * i + c : i]);
    }
}

TEST(Webp, SaysWhatItTakes) {
  const auto says = [](const Image& image, int level) {
    try {
      encode_webp(image, level);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(says(pattern(1), 10), "[webp] expected a level from 0 to 9, got 10");
  EXPECT_NE(says({20'000, 1, 1, {}}, 0).find("expected sides of 1 to 16383"), std::string::npos);
  EXPECT_NE(says({2, 2, 1, {1, 2, 3}}, 0).find("got 3 of 1"), std::string::npos);
}

}  // namespace
}  // namespace pushforward::report
