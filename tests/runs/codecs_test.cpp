#include "pushforward/runs/codecs.h"

#include "tests/expect.h"
#include <gtest/gtest.h>

#include <numbers>

#include "pushforward/core/random.h"
#include "pushforward/core/terminal.h"
#include "pushforward/ood/code_length.h"
#include "pushforward/report/grid.h"
#include "pushforward/report/webp.h"
#include "pushforward/runs/lzma.h"

namespace pushforward::runs {
namespace {

class Codecs : public ::testing::Test {
 protected:
  Codecs() { terminal().set_quiet(true); }

  static at::Tensor noise(at::IntArrayRef sizes) {
    auto engine = stream(0, "noise");
    auto x = at::empty(sizes, at::kByte);
    for (std::int64_t i = 0; i < x.numel(); ++i)
      x.data_ptr<std::uint8_t>()[i] = static_cast<std::uint8_t>(uniform_below(engine, 256));
    return x;
  }
};

TEST_F(Codecs, BlackImagesCostNextToNothingTogetherAndNoiseItsBits) {
  const auto black = codec_rates(at::zeros({100, 1, 28, 28}, at::kByte));
  const auto random = codec_rates(noise({16, 3, 24, 24}));
  EXPECT_EQ(black.images, 100);
  EXPECT_EQ(random.images, 16);
  for (std::size_t i = 0; i < black.rates.size(); ++i) {
    SCOPED_TRACE(black.rates[i].codec);
    EXPECT_LT(*black.rates[i].together, 0.02);
    EXPECT_GT(*random.rates[i].together, 7.99);
    if (!black.rates[i].alone) continue;
    EXPECT_LT(*black.rates[i].alone, 0.2);
    EXPECT_GT(*random.rates[i].alone, 7.99);
    EXPECT_LE(*black.rates[i].together, *black.rates[i].alone);
  }
}

TEST_F(Codecs, LengthsAreTheEncoders) {
  // Images that differ, of one kind: ramps of another slope each.
  const auto images =
      (at::arange(12 * 12).view({1, 1, 12, 12}) * (at::arange(5).view({5, 1, 1, 1}) + 1)).to(at::kByte);
  const auto found = codec_rates(images);
  EXPECT_EQ(found.images, 4) << "a square number";
  const auto rate_of = [&](const std::string& start) {
    for (const auto& rate : found.rates)
      if (rate.codec.starts_with(start)) return rate;
    return CodecRate{};
  };
  double deflated = 0, webp = 0;
  for (std::int64_t i = 0; i < 4; ++i) {
    const auto image = images[i].contiguous();
    const std::span pixels(image.data_ptr<std::uint8_t>(), 144);
    deflated += ood::code_length(image.unsqueeze(0), {ood::compressor("deflate")})[0] / std::numbers::ln2;
    webp += 8.0 *
            static_cast<double>(report::encode_webp({12, 12, 1, {pixels.begin(), pixels.end()}}).size() - 20);
  }
  EXPECT_NEAR(*rate_of("zlib").alone, deflated / (4 * 144), 1e-9);
  EXPECT_NEAR(*rate_of("lossless WebP").alone, webp / (4 * 144), 1e-9);

  const auto four = images.slice(0, 0, 4).contiguous();
  const std::span bytes(four.data_ptr<std::uint8_t>(), 4 * 144);
  EXPECT_NEAR(*rate_of("LZMA").together, 8.0 * static_cast<double>(lzma_size(bytes)) / (4 * 144), 1e-9);
  EXPECT_FALSE(rate_of("LZMA").alone);

  // The mosaic that make_grid draws.
  const auto mosaic = report::make_grid({.n = 4, .channels = 1, .height = 12, .width = 12, .pixels = bytes},
                                        {.columns = 2, .scale = 1, .gap = 0});
  EXPECT_NEAR(*rate_of("lossless WebP").together,
              8.0 * static_cast<double>(report::encode_webp(mosaic).size() - 20) / (4 * 144), 1e-9);
}

TEST_F(Codecs, OfAPngItsImageDataCount) {
  for (const std::int64_t side : {20, 200}) {  // in one chunk, in several
    const auto image = noise({1, 1, side, side}).bitwise_and(31);
    const auto* pixels = image.data_ptr<std::uint8_t>();
    const auto numbers = side * side;
    const auto width = static_cast<int>(side);
    const auto file = report::encode_png({width, width, 1, {pixels, pixels + numbers}});
    const double bytes = *codec_rates(image).rates[1].alone * static_cast<double>(numbers) / 8;
    const double rest = static_cast<double>(file.size()) - bytes;
    EXPECT_GE(rest, 57) << "a signature, IHDR, IEND and what is around IDAT";
    EXPECT_LT(rest, 150) << "and few others";
  }
}

TEST_F(Codecs, LzmaFindsWhatComesAgain) {
  const auto once = noise({1, 1, 50, 50});
  const auto twice = at::cat({once, once}).contiguous();
  const auto size = [](const at::Tensor& x) {
    return lzma_size({x.data_ptr<std::uint8_t>(), static_cast<std::size_t>(x.numel())});
  };
  EXPECT_NEAR(static_cast<double>(size(once)), 2500, 60);
  EXPECT_LT(size(twice), size(once) + 40);
}

TEST_F(Codecs, ATableHoldsTheModelsBesideThem) {
  const auto rates = codec_rates(noise({5, 1, 4, 4}));
  const auto text = report::to_text(to_table(rates, "toys", "glow", 2.5));
  expect_contains(text,
                  {"Compressors on the first 4 images of toys", "glow, this run", "2.500", "zlib", "WebP"});
  EXPECT_EQ(report::to_text(to_table(rates, "toys", "glow", {})).find("this run"), std::string::npos);
  EXPECT_EQ(to_json(rates).at("images"), 4);
  EXPECT_TRUE(to_json(rates).at("rates").at(3).at("alone").is_null());
  expect_says(
      [] {
        codec_rates(at::zeros({0, 1, 4, 4}, at::kByte));
      },
      "[codecs] expected images [N, C, H, W]");
}

}  // namespace
}  // namespace pushforward::runs
