#include "pushforward/data/folder.h"

#include "tests/data/support.h"
#include <jpeglib.h>  // Needs <cstdio> first.
#include <png.h>

#include <cstdio>
#include <cstdlib>

#include "pushforward/data/image_stream.h"

namespace pushforward::data {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// Interleaved 8-bit pixels as PNG_FORMAT_GRAY, _RGB, _GA or _RGBA.
std::string png(const Bytes& pixels, unsigned width, unsigned height, png_uint_32 format) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = format;
  std::string bytes(4096 + pixels.size() * 2, '\0');
  png_alloc_size_t size = bytes.size();
  if (png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr) == 0)
    throw fail("png: {}", image.message);
  bytes.resize(size);
  return bytes;
}

std::string jpeg(const Bytes& pixels, unsigned width, unsigned height, int channels,
                 bool progressive = false) {
  jpeg_compress_struct writer{};
  jpeg_error_mgr errors{};
  writer.err = jpeg_std_error(&errors);
  jpeg_create_compress(&writer);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&writer, &memory, &size);
  writer.image_width = width;
  writer.image_height = height;
  writer.input_components = channels;
  writer.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&writer);
  jpeg_set_quality(&writer, 100, TRUE);
  if (progressive) jpeg_simple_progression(&writer);
  jpeg_start_compress(&writer, TRUE);
  while (writer.next_scanline < height) {
    auto* row =
        const_cast<JSAMPLE*>(pixels.data() + writer.next_scanline * width * static_cast<unsigned>(channels));
    jpeg_write_scanlines(&writer, &row, 1);
  }
  jpeg_finish_compress(&writer);
  std::string bytes(reinterpret_cast<char*>(memory), size);
  jpeg_destroy_compress(&writer);
  std::free(memory);
  return bytes;
}

Bytes ramp(std::size_t count) {
  Bytes values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<std::uint8_t>(i * 5);
  return values;
}

TEST(ImageFile, ReadsPngExactly) {
  Scratch scratch;
  const Images gray = read_image_file(scratch.write("a", png(ramp(12), 4, 3, PNG_FORMAT_GRAY)));
  EXPECT_EQ(gray.shape(), "1 images of 1×3×4");
  EXPECT_EQ(gray.pixels, ramp(12));
  const Images rgb = read_image_file(scratch.write("a", png({1, 2, 3, 4, 5, 6}, 2, 1, PNG_FORMAT_RGB)));
  EXPECT_EQ(rgb.shape(), "1 images of 3×1×2");
  EXPECT_EQ(rgb.pixels, (Bytes{1, 4, 2, 5, 3, 6}));
}

TEST(ImageFile, DropsOpaqueAlphaAndRefusesTransparency) {
  Scratch scratch;
  EXPECT_EQ(
      read_image_file(scratch.write("a", png({1, 2, 3, 255, 4, 5, 6, 255}, 2, 1, PNG_FORMAT_RGBA))).pixels,
      (Bytes{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(read_image_file(scratch.write("a", png({7, 255, 8, 255}, 1, 2, PNG_FORMAT_GA))).pixels,
            (Bytes{7, 8}));
  expect_contains(message([&] {
                    read_image_file(scratch.write("a", png({7, 255, 8, 254}, 1, 2, PNG_FORMAT_GA)));
                  }),
                  {"transparent"});
}

TEST(ImageFile, ReadsJpegClosely) {
  Scratch scratch;
  for (const bool progressive : {false, true}) {
    const Bytes flat(16 * 8, 77);
    const Images gray = read_image_file(scratch.write("a", jpeg(flat, 16, 8, 1, progressive)));
    EXPECT_EQ(gray.shape(), "1 images of 1×8×16");
    EXPECT_EQ(gray.pixels, flat);
    Bytes red;
    for (int i = 0; i < 64; ++i) red.insert(red.end(), {200, 10, 20});
    const Images rgb = read_image_file(scratch.write("a", jpeg(red, 8, 8, 3, progressive)));
    EXPECT_EQ(rgb.shape(), "1 images of 3×8×8");
    EXPECT_NEAR(rgb.pixels[0], 200, 2);
    EXPECT_NEAR(rgb.pixels[64], 10, 2);
    EXPECT_NEAR(rgb.pixels[128], 20, 2);
  }
  expect_contains(message([&] { read_image_file(scratch.write("a", jpeg(ramp(8 * 8 * 4), 8, 8, 4))); }),
                  {"gray or RGB", "4 components"});
}

TEST(ImageFile, RefusesEveryTruncation) {
  Scratch scratch;
  const auto read = [](const auto& path) { read_image_file(path); };
  expect_every_truncation_refused(scratch, png(ramp(8 * 6 * 3), 8, 6, PNG_FORMAT_RGB), read);
  expect_every_truncation_refused(scratch, jpeg(ramp(8 * 6), 8, 6, 1), read);
  expect_every_truncation_refused(scratch, jpeg(ramp(8 * 6 * 3), 8, 6, 3, true), read);
}

TEST(ImageFile, SurvivesFlippedBits) {
  Scratch scratch;
  const auto read = [](const auto& path) { read_image_file(path); };
  expect_no_flip_crashes(scratch, png(ramp(8 * 6), 8, 6, PNG_FORMAT_GRAY), 200, read);
  expect_no_flip_crashes(scratch, jpeg(ramp(8 * 6), 8, 6, 1, true), 1000, read);
}

TEST(ImageFile, RefusesAnImageThatWouldNotFit) {
  Scratch scratch;
  std::string bytes = png(ramp(12), 4, 3, PNG_FORMAT_GRAY);
  bytes.replace(16, 8, u32(100'000) + u32(100'000));  // IHDR's size …
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(bytes.data() + 12), 17);
  bytes.replace(29, 4, u32(static_cast<std::uint32_t>(crc)));  // … and its checksum.
  expect_contains(message([&] { read_image_file(scratch.write("a", bytes)); }),
                  {"at most", "1×100000×100000"});
}

TEST(ImageFolder, SortsByNameAndSkipsHiddenFiles) {
  Scratch scratch;
  scratch.write("b.png", png(Bytes(64, 2), 8, 8, PNG_FORMAT_GRAY));
  scratch.write("a.png", png(Bytes(64, 1), 8, 8, PNG_FORMAT_GRAY));
  scratch.write("c.jpg", jpeg(Bytes(64, 3), 8, 8, 1));
  scratch.write(".DS_Store", "junk");
  const Images images = read_image_folder(scratch.path());
  EXPECT_EQ(images.shape(), "3 images of 1×8×8");
  EXPECT_EQ(images.image(0)[0], 1);
  EXPECT_EQ(images.image(1)[63], 2);
  EXPECT_EQ(images.image(2)[5], 3);
}

TEST(ImageFolder, NamesTheFilesThatDisagree) {
  Scratch scratch;
  scratch.write("set/a.png", png(ramp(12), 4, 3, PNG_FORMAT_GRAY));
  scratch.write("set/b.png", png(ramp(12), 4, 3, PNG_FORMAT_GRAY));
  scratch.write("set/c.png", png(ramp(12), 3, 4, PNG_FORMAT_GRAY));
  expect_contains(message([&] { read_image_folder(scratch / "set"); }),
                  {"1×3×4 in a.png and 1×4×3 in c.png"});
}

TEST(ImageFolder, IsReadFileByFile) {
  Scratch scratch;
  for (const auto* name : {"a.png", "b.png", "c.png"})
    scratch.write(std::string("set/") + name,
                  png(Bytes(12, static_cast<std::uint8_t>(*name)), 4, 3, PNG_FORMAT_GRAY));
  scratch.write("set/d.png", png(ramp(12), 3, 4, PNG_FORMAT_GRAY));
  const auto stream = open_images((scratch / "set").string());
  const auto first = stream->next(2);
  EXPECT_EQ(first.names, (std::vector<std::string>{"a.png", "b.png"}));
  EXPECT_EQ(first.images.shape(), "2 images of 1×3×4");
  EXPECT_EQ(first.images.image(1)[11], 'b');
  expect_contains(message([&] { stream->next(2); }), {"1×3×4 in c.png and 1×4×3 in d.png"});
}

TEST(ImageFolder, NamesWhatIsNotAnImage) {
  Scratch scratch;
  std::filesystem::create_directory(scratch / "set");
  expect_contains(message([&] { read_image_folder(scratch / "set"); }), {"found none"});
  scratch.write("set/notes.txt", "hello");
  expect_contains(message([&] { read_image_folder(scratch / "set"); }),
                  {"notes.txt: expected a PNG or JPEG"});
  scratch.write("set/empty.png", "");
  expect_contains(message([&] { read_image_folder(scratch / "set"); }), {"empty.png", "found an empty one"});
  std::filesystem::create_directory(scratch / "set/deeper");
  expect_contains(message([&] { read_image_folder(scratch / "set"); }),
                  {"deeper: expected", "found a folder"});
  expect_contains(message([&] { read_image_folder(scratch / "absent"); }), {"absent: cannot read"});
}

}  // namespace
}  // namespace pushforward::data
