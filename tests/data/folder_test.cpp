#include "pushforward/data/folder.h"

#include "tests/data/support.h"
#include <jpeglib.h>  // Needs <cstdio> first.
#include <png.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>

#include "pushforward/core/host.h"
#include "pushforward/data/image_stream.h"
#include "pushforward/data/load.h"
#include "pushforward/data/npy.h"
#include "pushforward/data/perturb.h"
#include "pushforward/data/resize.h"

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
                  {"transparent", "--background"});
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
}

/// Every format, beside what Pillow makes of it.
TEST(ImageFile, IsWhatPillowReads) {
  const auto folder = std::filesystem::path(PUSHFORWARD_TESTS_DIR) / "goldens" / "pictures";
  int cases = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".bin") continue;
    ++cases;
    const auto name = file.path().stem().string();
    Reading reading;
    if (name.find("over") != std::string::npos) {
      expect_contains(message([&] { read_image_file(file.path()); }), {"transparent", "--background"});
      reading.background = Colour{200, 30, 90};
    }
    reading.upright = name.find("exif") != std::string::npos;
    const Images image = read_image_file(file.path(), reading);
    const NpyArray expected = read_npy(folder / (name + ".npy"));
    const bool colour = expected.shape.size() == 3;
    ASSERT_EQ(image.shape(),
              fmt::format("1 images of {}×{}×{}", colour ? 3 : 1, expected.shape[0], expected.shape[1]))
        << name;
    Bytes planar(expected.bytes.size());
    to_planar(expected.bytes.data(), planar.data(), image.channels, image.height * image.width);
    EXPECT_EQ(image.pixels, planar) << name;
  }
  EXPECT_EQ(cases, 20);
}

TEST(ImageFile, IsTurnedUprightByChoiceOnly) {
  const auto folder = std::filesystem::path(PUSHFORWARD_TESTS_DIR) / "goldens" / "pictures";
  const Images as_stored = read_image_file(folder / "jpeg-exif1.bin");
  EXPECT_EQ(read_image_file(folder / "jpeg-exif6.bin").pixels, as_stored.pixels);
  EXPECT_EQ(read_image_file(folder / "jpeg-exif6.bin", {.upright = true}).shape(), "1 images of 3×14×9");
}

TEST(ImageFile, AGrayBackgroundKeepsGrayGray) {
  Scratch scratch;
  const auto path = scratch.write("a", png({100, 255, 100, 0, 100, 128}, 3, 1, PNG_FORMAT_GA));
  EXPECT_EQ(read_image_file(path, {.background = colour("white")}).pixels, (Bytes{100, 255, 177}));
  EXPECT_EQ(read_image_file(path, {.background = colour("#ff0000")}).pixels,
            (Bytes{100, 255, 177, 100, 0, 50, 100, 0, 50}));
  for (const auto* text : {"blue", "#ff00", "#ff000g", "", "#-10000"})
    expect_contains(message([&] { colour(text); }), {"expected a colour"});
}

/// A PNG that claims a chunk of 2³¹ − 1 bytes between its header and its pixels.
std::string png_claiming(const std::string& chunk) {
  const std::string whole = png(ramp(12), 4, 3, PNG_FORMAT_GRAY);
  return whole.substr(0, 33) + u32(0x7fffffff) + chunk + "some bytes";
}

TEST(ImageFile, ChunksThatClaimGigabytesCostNothing) {
  Scratch scratch;
  const auto peak = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;  // KiB
  };
  const auto before = peak();
  for (const std::string chunk : {"tEXt", "zTXt", "iTXt", "iCCP", "sPLT", "eXIf", "pCAL", "sCAL", "hIST",
                                  "tRNS", "bKGD", "PLTE", "IDAT", "abCd", "acTL"})
    EXPECT_NE(message([&] { read_image_file(scratch.write("a", png_claiming(chunk))); }), "no error")
        << chunk;
  EXPECT_LT(peak() - before, 64 * 1024);
}

TEST(ImageFile, ReadsAJpegWithExtraneousBytes) {
  Scratch scratch;
  const std::string bytes = jpeg(ramp(16 * 8), 16, 8, 1);
  const auto whole = read_image_file(scratch.write("a", bytes));
  const auto padded = bytes.substr(0, bytes.size() - 2) + "and more" + bytes.substr(bytes.size() - 2);
  EXPECT_EQ(read_image_file(scratch.write("a", padded)).pixels, whole.pixels);
}

TEST(ImageFile, RefusesDamagedWebp) {
  Scratch scratch;
  const auto folder = std::filesystem::path(PUSHFORWARD_TESTS_DIR) / "goldens" / "pictures";
  const auto read = [](const auto& path) { read_image_file(path); };
  for (const auto* name : {"webp-lossy.bin", "webp-lossless.bin"}) {
    const std::string bytes = read_file(folder / name);
    expect_every_truncation_refused(scratch, bytes.substr(0, bytes.size() - 1), read);
    expect_no_flip_crashes(scratch, bytes, 120, read);
  }
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

/// What is said while the object lives.
class Listener : public Host {
 public:
  void say(const std::string& line) override { lines.push_back(line); }
  void show(const Stage&) override {}
  void ended() override {}
  bool wants_stop() const override { return false; }
  std::vector<std::string> lines;
};

TEST(ImageFolder, LeavesOutWhatIsNoImageAndSaysSo) {
  Scratch scratch;
  const std::string picture = png(ramp(12), 4, 3, PNG_FORMAT_GRAY);
  scratch.write("set/1.png", picture);
  scratch.write("set/2.png", picture.substr(0, picture.size() - 20));
  scratch.write("set/3.jpg", picture);
  scratch.write("set/4", "");
  scratch.write("set/Thumbs.db", "\xd0\xcf\x11\xe0 and so on");
  scratch.write("set/labels.txt", "cat");
  scratch.write("set/.DS_Store", "junk");
  const auto folder = (scratch / "set").string();
  Listener listener;
  {
    const Hosted scope(listener);
    const Images images = read_image_folder(folder);
    EXPECT_EQ(images.shape(), "2 images of 1×3×4");
    ASSERT_EQ(images.left_out.size(), 5u);
    EXPECT_EQ(images.left_out[0].name, ".DS_Store");
    EXPECT_EQ(images.left_out[0].why, "hidden");
    EXPECT_EQ(images.left_out[1].name, "2.png");
    expect_contains(images.left_out[1].why, {"2.png", "cut short"});
    EXPECT_EQ(images.left_out[2].name, "4");
    EXPECT_EQ(images.left_out[4].name, "labels.txt");
    EXPECT_EQ(listener.lines,
              std::vector<std::string>{
                  folder + ": left out 4 files that are no images: 2.png, 4, Thumbs.db, labels.txt; and 1 "
                           "hidden file"});
    const auto stream = open_images(folder);
    EXPECT_EQ(stream->next(9).names, (std::vector<std::string>{"1.png", "3.jpg"}));
    EXPECT_EQ(stream->next(9).images.count, 0);
    EXPECT_EQ(stream->left_out().size(), 5u);
    EXPECT_EQ(listener.lines.size(), 2u);
    scratch.write("set/another.txt", "");
    scratch.write("set/zzz.txt", "");
    scratch.write("set/.hidden/a.png", picture);
    load_images(folder);
    expect_contains(listener.lines.back(),
                    {"left out 6 files that are no images: 2.png, 4, Thumbs.db, another.txt, "
                     "labels.txt and 1 more; and 2 hidden files"});
  }
  expect_contains(message([&] { read_image_folder(folder, {.strict = true}); }), {"2.png", "cut short"});
  expect_contains(message([&] { load_images(Spec(folder).with({.strict = true})); }), {"2.png", "cut short"});
}

TEST(ImageFolder, IsWhatOneThreadReads) {
  Scratch scratch;
  Bytes pixels;
  std::vector<std::string> names, others;
  std::int64_t count = 0;
  for (int i = 0; i < 200; ++i) {
    const auto name = fmt::format("{:03}.png", i);
    if (i % 7 == 3) {
      scratch.write("set/" + name,
                    i % 2 == 0 ? "no picture" : png(ramp(12), 4, 3, PNG_FORMAT_GRAY).substr(0, 50));
      others.push_back(name);
      continue;
    }
    const Bytes own(static_cast<std::size_t>(12 + 4 * (i % 5)), static_cast<std::uint8_t>(i));
    scratch.write("set/" + name, png(own, 4, static_cast<unsigned>(3 + i % 5), PNG_FORMAT_GRAY));
    Images one = read_image_file(scratch / ("set/" + name));
    perturb(one, "noise", count++);
    one = one.resized(6);
    pixels.insert(pixels.end(), one.pixels.begin(), one.pixels.end());
    names.push_back(name);
  }
  const auto spec = Spec((scratch / "set").string() + "+noise").with({.height = 6, .width = 6});
  for (const std::int64_t most : {1, 7, 1000}) {
    const auto stream = open_images(spec);
    Bytes found;
    std::vector<std::string> found_names;
    for (auto part = stream->next(most); part.images.count > 0; part = stream->next(most)) {
      EXPECT_LE(part.images.count, most);
      found.insert(found.end(), part.images.pixels.begin(), part.images.pixels.end());
      found_names.insert(found_names.end(), part.names.begin(), part.names.end());
    }
    EXPECT_EQ(found, pixels) << most;
    EXPECT_EQ(found_names, names) << most;
    const auto left_out = stream->left_out();
    ASSERT_EQ(left_out.size(), others.size());
    for (std::size_t i = 0; i < others.size(); ++i) EXPECT_EQ(left_out[i].name, others[i]);
  }
  scratch.write("set/100.png", "the second that is none");
  expect_contains(message([&] { load_images(Spec(spec).with({.strict = true, .height = 6, .width = 6})); }),
                  {"003.png", "cut short"});
  std::filesystem::remove(scratch / "set/003.png");
  for (const auto& name : others) std::filesystem::remove(scratch / ("set/" + name));
  expect_contains(message([&] { load_images(Spec(spec).with({.strict = true, .height = 6, .width = 6})); }),
                  {"100.png: expected a PNG, JPEG or WebP file, found something else"});
}

TEST(ImageFolder, NamesWhatIsNotAnImage) {
  Scratch scratch;
  std::filesystem::create_directory(scratch / "set");
  const auto read = [&] { read_image_folder(scratch / "set"); };
  const auto strict = [&] { read_image_folder(scratch / "set", {.strict = true}); };
  expect_contains(message(read), {"found none"});
  scratch.write("set/notes.txt", "hello");
  expect_contains(message(strict), {"notes.txt: expected a PNG, JPEG or WebP"});
  expect_contains(message(read), {"found none among 1", "notes.txt: expected a PNG, JPEG or WebP"});
  scratch.write("set/empty.png", "");
  expect_contains(message(strict), {"empty.png", "found an empty one"});
  std::filesystem::create_directory_symlink(scratch / "set", scratch / "set/around");
  expect_contains(message(strict), {"around: a link to a folder around it"});
  expect_contains(message([&] { read_image_folder(scratch / "absent"); }), {"absent: cannot read"});
}

TEST(ImageFolder, FoldersInItAreClasses) {
  Scratch scratch;
  const auto write = [&](const std::string& name, std::uint8_t v) {
    scratch.write("set/" + name, png(Bytes(12, v), 4, 3, PNG_FORMAT_GRAY));
  };
  write("dog/1.png", 3);
  write("cat/b/2.png", 2);
  write("cat/a.png", 1);
  write(".trash/x.png", 9);
  scratch.write("set/labels.txt", "no picture");
  const Images images = read_image_folder(scratch / "set");
  EXPECT_EQ(images.classes, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(images.labels, (Bytes{0, 0, 1}));
  EXPECT_EQ(images.image(0)[0], 1);
  EXPECT_EQ(images.image(1)[0], 2);
  EXPECT_EQ(images.image(2)[0], 3);
  EXPECT_EQ(open_images((scratch / "set").string())->next(9).names,
            (std::vector<std::string>{"cat/a.png", "cat/b/2.png", "dog/1.png"}));
  EXPECT_EQ(load_images((scratch / "set/").string()).classes, images.classes) << "with a slash at the end";
  EXPECT_TRUE(read_image_folder(scratch / "set/cat").labels.empty())
      << "a picture lies outside of the folders";
  write("0.png", 0);
  EXPECT_TRUE(read_image_folder(scratch / "set").labels.empty());
}

TEST(ImageFolder, MoreClassesThanLabelsAreReadWithout) {
  Scratch scratch;
  const auto pixel = png({7}, 1, 1, PNG_FORMAT_GRAY);
  for (int i = 0; i < 257; ++i) scratch.write(fmt::format("set/{}/a.png", i), pixel);
  Listener listener;
  const Hosted scope(listener);
  const Images images = read_image_folder(scratch / "set");
  EXPECT_EQ(images.count, 257);
  EXPECT_TRUE(images.labels.empty());
  ASSERT_EQ(listener.lines.size(), 1u);
  expect_contains(listener.lines[0], {"257 folders", "256 classes"});
}

TEST(ImageFolder, SizesBecomeOneByResizing) {
  Scratch scratch;
  scratch.write("set/a.png", png(ramp(12), 4, 3, PNG_FORMAT_GRAY));
  scratch.write("set/b.png", png(ramp(30), 5, 6, PNG_FORMAT_GRAY));
  const auto folder = (scratch / "set").string();
  expect_contains(message([&] { load_images(folder); }),
                  {"1×3×4 in a.png and 1×6×5 in b.png", "data.resize makes them equal"});
  for (const auto mode : {ResizeMode::pillow_bilinear, ResizeMode::clean}) {
    const Reading reading{.height = 8, .width = 7, .mode = mode};
    const Images images = load_images(Spec(folder).with(reading));
    EXPECT_EQ(images.shape(), "2 images of 1×8×7");
    for (const int i : {0, 1}) {
      const Images one = resize(read_image_file(scratch / (i == 0 ? "set/a.png" : "set/b.png")), 8, 7, mode);
      EXPECT_TRUE(std::equal(one.pixels.begin(), one.pixels.end(), images.image(i)));
    }
    EXPECT_EQ(open_images(Spec(folder).with(reading))->next(9).images.pixels, images.pixels);
  }
}

TEST(ImageFolder, PerturbationsComeBeforeResizingWhateverTheSizes) {
  Scratch scratch;
  std::vector<std::uint8_t> both;
  for (const auto* name : {"a", "b"}) {
    const auto pixels = name[0] == 'a' ? ramp(12) : Bytes(12, 90);
    scratch.write(std::string("set/") + name, png(pixels, 4, 3, PNG_FORMAT_GRAY));
    both.insert(both.end(), pixels.begin(), pixels.end());
  }
  write_npy(scratch / "both.npy", NpyArray::of<std::uint8_t>({2, 3, 4}, both));
  const Reading reading{.height = 5, .width = 5};
  const Images folder = load_images(Spec((scratch / "set").string() + "+noise+rotate").with(reading));
  EXPECT_EQ(folder.pixels,
            load_images(Spec((scratch / "both.npy").string() + "+noise+rotate").with(reading)).pixels);
  EXPECT_EQ(folder.name, (scratch / "set").string() + "+noise+rotate");
  EXPECT_EQ(open_images(Spec(folder.name).with(reading))->next(9).images.pixels, folder.pixels);
}

}  // namespace
}  // namespace pushforward::data
