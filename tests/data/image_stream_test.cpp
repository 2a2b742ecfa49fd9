#include "pushforward/data/image_stream.h"

#include "tests/data/support.h"
#include <unistd.h>

#include <cstdio>

#include "pushforward/data/load.h"
#include "pushforward/data/npy.h"

namespace pushforward::data {
namespace {

/// Ten images of 1×2×2; pixel p of image n is 10 n + p.
std::filesystem::path ten(const Scratch& scratch, const std::string& name = "ten.npy") {
  std::vector<std::uint8_t> values;
  for (int n = 0; n < 10; ++n)
    for (int p = 0; p < 4; ++p) values.push_back(static_cast<std::uint8_t>(10 * n + p));
  write_npy(scratch / name, NpyArray::of<std::uint8_t>({10, 2, 2}, values));
  return scratch / name;
}

struct All {
  std::vector<std::int64_t> counts;
  std::vector<std::string> names;
  std::vector<std::uint8_t> pixels;
};

All all_of(ImageStream& stream, std::int64_t most) {
  All all;
  for (auto part = stream.next(most); part.images.count > 0; part = stream.next(most)) {
    EXPECT_EQ(std::ssize(part.names), part.images.count);
    EXPECT_EQ(std::ssize(part.images.pixels), part.images.count * part.images.dims());
    all.counts.push_back(part.images.count);
    all.names.insert(all.names.end(), part.names.begin(), part.names.end());
    all.pixels.insert(all.pixels.end(), part.images.pixels.begin(), part.images.pixels.end());
  }
  EXPECT_EQ(stream.next(most).images.count, 0) << "the end stays the end";
  return all;
}

/// Standard input is that file while the object lives.
class Redirected {
 public:
  explicit Redirected(const std::filesystem::path& path) : before_(::dup(STDIN_FILENO)) {
    std::FILE* file = std::fopen(path.c_str(), "rb");
    ::dup2(::fileno(file), STDIN_FILENO);
    std::fclose(file);
  }
  ~Redirected() {
    ::dup2(before_, STDIN_FILENO);
    ::close(before_);
  }

 private:
  int before_;
};

TEST(ImageStream, PartsAreTheWhole) {
  Scratch scratch;
  const auto path = ten(scratch);
  const auto whole = load_images(path.string());
  for (const auto& spec : {path.string(), path.string() + "+invert"}) {
    const auto stream = open_images(spec);
    const auto all = all_of(*stream, 4);
    EXPECT_EQ(all.counts, (std::vector<std::int64_t>{4, 4, 2}));
    EXPECT_EQ(all.pixels, load_images(spec).pixels);
    EXPECT_EQ(all.names.front(), "0");
    EXPECT_EQ(all.names.back(), "9");
  }
  EXPECT_EQ(all_of(*open_images(path.string()), 100).pixels, whole.pixels);
}

TEST(ImageStream, ColoursComeInPlanesPartByPart) {
  Scratch scratch;
  std::vector<float> values;
  for (int i = 0; i < 3 * 2 * 2 * 3; ++i) values.push_back(static_cast<float>(i) / 255);
  write_npy(scratch / "a.npy", NpyArray::of<float>({3, 2, 2, 3}, values));
  const auto whole = read_npy_images(scratch / "a.npy");
  EXPECT_EQ(whole.image(0)[1], 3);  // the second pixel's red
  EXPECT_EQ(all_of(*open_images((scratch / "a.npy").string()), 1).pixels, whole.pixels);
}

TEST(ImageStream, LargeArraysOfFloatsAreReadWholeInParts) {
  Scratch scratch;
  constexpr std::int64_t side = 600;  // of which two are read at once
  std::vector<float> values(5 * side * side);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 251) / 255;
  write_npy(scratch / "a.npy", NpyArray::of<float>({5, side, side}, values));
  const auto whole = read_npy_images(scratch / "a.npy");
  EXPECT_EQ(whole.count, 5);
  EXPECT_EQ(all_of(*open_images((scratch / "a.npy").string()), 3).pixels, whole.pixels);
  EXPECT_EQ(whole.image(4)[7], (4 * side * side + 7) % 251);
  values[4 * side * side + 7] = 2;
  write_npy(scratch / "a.npy", NpyArray::of<float>({5, side, side}, values));
  expect_contains(message([&] { read_npy_images(scratch / "a.npy"); }), {"found 2 in image 4"});
}

TEST(ImageStream, ReadsStandardInput) {
  Scratch scratch;
  const auto path = ten(scratch);
  {
    const Redirected input(path);
    EXPECT_EQ(all_of(*open_images("-"), 3).pixels, load_images(path.string()).pixels);
  }
  {
    const Redirected input(scratch.write("zipped", gzip(read_file(path))));
    EXPECT_EQ(all_of(*open_images("-"), 3).pixels, load_images(path.string()).pixels);
  }
  const Redirected input(scratch.write("none", ""));
  expect_contains(message([] { open_images("-"); }), {"[npy] -: the file is empty"});
}

TEST(ImageStream, SaysWhereItBreaks) {
  Scratch scratch;
  const auto bytes = read_file(ten(scratch));
  const auto cut = scratch.write("cut.npy", bytes.substr(0, bytes.size() - 6));
  expect_contains(message([&] { open_images(cut.string()); }), {"cut.npy", "expected 40 bytes", "found 34"});
  {
    const Redirected input(cut);
    const auto stream = open_images("-");
    EXPECT_EQ(stream->next(8).images.count, 8);
    expect_contains(message([&] { stream->next(8); }), {"[npy] -: expected at least 168 bytes, found 162"});
  }
  const auto longer = open_images(scratch.write("long.npy", bytes + "x").string());
  EXPECT_EQ(longer->next(5).images.count, 5);
  expect_contains(message([&] { longer->next(5); }), {"found more"});

  std::vector<float> values(5 * 4, 0.5F);
  values[4 * 4] = std::nanf("");
  write_npy(scratch / "nan.npy", NpyArray::of<float>({5, 2, 2}, values));
  const auto stream = open_images((scratch / "nan.npy").string());
  EXPECT_EQ(stream->next(3).images.count, 3);
  expect_contains(message([&] { stream->next(3); }), {"nan.npy", "nan in image 4"});
}

TEST(ImageStream, RefusesWhatHoldsNoImages) {
  Scratch scratch;
  write_npy(scratch / "points.npy", NpyArray::of<float>({3, 2}, std::vector<float>(6)));
  write_npy(scratch / "none.npy", NpyArray::of<float>({0, 2, 2}, std::vector<float>()));
  write_npy(scratch / "whole.npy", NpyArray::of<std::int64_t>({1, 1, 1}, std::vector<std::int64_t>{3}));
  const auto refuses = [&](const std::string& name, const std::string& words) {
    expect_contains(message([&] { open_images((scratch / name).string()); }), {words});
  };
  refuses("points.npy", "found shape [3, 2]");
  refuses("none.npy", "no images in shape [0, 2, 2]");
  refuses("whole.npy", "found int64");
  refuses("missing", "no data set, file or folder of that name");
  std::filesystem::create_directory(scratch / "nothing");
  refuses("nothing", "found none");
}

TEST(ImageStream, ASetsNameWinsOverAFile) {
  Scratch scratch;
  ten(scratch, "clothes");
  std::string idx("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01", 16);
  scratch.write("sets/clothes/t10k-images-idx3-ubyte", idx + "\x07");
  const Environment data("PUSHFORWARD_DATA", (scratch / "sets").string());
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(scratch.path());
  const auto all = all_of(*open_images("clothes"), 8), file = all_of(*open_images("./clothes"), 8);
  std::filesystem::current_path(here);
  EXPECT_EQ(all.pixels, (std::vector<std::uint8_t>{7}));
  EXPECT_EQ(file.names.size(), 10u);
}

}  // namespace
}  // namespace pushforward::data
