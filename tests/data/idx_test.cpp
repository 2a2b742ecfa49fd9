#include "pushforward/data/idx.h"

#include "tests/data/support.h"

namespace pushforward::data {
namespace {

TEST(Idx, ReadsImagesPlainAndGzipped) {
  Scratch scratch;
  for (const bool packed : {false, true}) {
    const std::string bytes = idx_images(3, 4, 5);
    const Images images = read_idx_images(scratch.write("images", packed ? gzip(bytes) : bytes));
    EXPECT_EQ(images.shape(), "3 images of 1×4×5");
    ASSERT_EQ(images.pixels.size(), 60u);
    for (std::size_t i = 0; i < 60; ++i) EXPECT_EQ(images.pixels[i], static_cast<std::uint8_t>(i * 7));
  }
}

TEST(Idx, ReadsLabels) {
  Scratch scratch;
  const std::vector<std::uint8_t> expected{0, 9, 255};
  EXPECT_EQ(read_idx_labels(scratch.write("labels", gzip(idx_labels(std::string("\0\x09\xff", 3))))),
            expected);
}

TEST(Idx, IsFoundByItsUsualNamesWithItsLabels) {
  for (const std::string images : {"train-images-idx3-ubyte", "train-images.idx3-ubyte"})
    for (const std::string labels : {"train-labels-idx1-ubyte", "train-labels.idx1-ubyte"})
      for (const bool packed_images : {false, true})
        for (const bool packed_labels : {false, true}) {
          Scratch scratch;
          const auto write = [&](const std::string& name, const std::string& bytes, bool packed) {
            return packed ? scratch.write(name + ".gz", gzip(bytes)) : scratch.write(name, bytes);
          };
          const auto path = write(images, idx_images(3, 4, 5), packed_images);
          write(labels, idx_labels("abc"), packed_labels);
          EXPECT_EQ(find_idx(scratch.path(), "train-images"), path);
          EXPECT_EQ(find_idx(scratch.path(), "t10k-images"), std::nullopt);
          EXPECT_EQ(read_idx(path).labels, (std::vector<std::uint8_t>{'a', 'b', 'c'})) << path;
        }
  Scratch scratch;  // any name with "images" has labels under the same name
  scratch.write("emnist-letters-train-labels-idx1-ubyte", idx_labels("ab"));
  EXPECT_EQ(
      read_idx(scratch.write("emnist-letters-train-images-idx3-ubyte", idx_images(2, 1, 1))).labels.size(),
      2u);
  scratch.write("my-labels", idx_labels("abc"));
  expect_contains(message([&] { read_idx(scratch.write("my-images", idx_images(2, 1, 1))); }),
                  {"my-labels: expected 2 labels", "my-images, found 3"});
  EXPECT_TRUE(read_idx(scratch.write("plain", idx_images(2, 1, 1))).labels.empty());
}

TEST(Idx, RefusesEveryTruncation) {
  Scratch scratch;
  const auto images = [](const auto& path) { read_idx_images(path); };
  const auto labels = [](const auto& path) { read_idx_labels(path); };
  expect_every_truncation_refused(scratch, idx_images(2, 3, 4), images);
  expect_every_truncation_refused(scratch, gzip(idx_images(2, 3, 4)), images);
  expect_every_truncation_refused(scratch, idx_labels("abc"), labels);
  expect_every_truncation_refused(scratch, gzip(idx_labels("abc")), labels);
}

TEST(Idx, SurvivesFlippedBits) {
  Scratch scratch;
  const auto read = [](const auto& path) { read_idx_images(path); };
  expect_no_flip_crashes(scratch, idx_images(2, 3, 4), 16, read);
  expect_no_flip_crashes(scratch, gzip(idx_images(2, 3, 4)), 100, read);
}

TEST(Idx, AFlippedBitInsideAGzipIsNoticed) {
  Scratch scratch;
  std::string packed = gzip(idx_images(2, 30, 40));
  packed[packed.size() - 6] ^= 1;  // In the checksum.
  expect_contains(message([&] { read_idx_images(scratch.write("images.gz", packed)); }),
                  {"[idx]", "images.gz", "gzip is damaged"});
}

TEST(Idx, ReadsAGzipOfSeveralMembersAsZcat) {
  Scratch scratch;
  const std::string bytes = idx_images(3, 4, 5);
  const std::string packed = gzip(bytes.substr(0, 21)) + gzip("") + gzip(bytes.substr(21));
  const auto whole = read_idx_images(scratch.write("whole", bytes)).pixels;
  EXPECT_EQ(read_idx_images(scratch.write("a.gz", packed)).pixels, whole);
  EXPECT_EQ(read_idx_images(scratch.write("a.gz", packed + std::string(600, '\0'))).pixels, whole)
      << "padding, as tapes have";
  for (const auto length :
       {packed.size() - 1, packed.size() - 9, packed.size() - gzip(bytes.substr(21)).size() + 1})
    EXPECT_NE(message([&] { read_idx_images(scratch.write("a.gz", packed.substr(0, length))); }), "no error");
  expect_contains(message([&] { read_idx_images(scratch.write("a.gz", packed + gzip("x"))); }),
                  {"found more"});
  expect_contains(message([&] { read_idx_images(scratch.write("a.gz", packed + "\x1fx")); }),
                  {"gzip is damaged"});
}

TEST(Idx, RefusesBytesLeftOver) {
  Scratch scratch;
  const std::string bytes = idx_images(2, 3, 4);
  expect_contains(message([&] { read_idx_images(scratch.write("a", bytes + "x")); }),
                  {"expected 40 bytes, found more"});
  expect_contains(message([&] { read_idx_images(scratch.write("a", gzip(bytes + "x"))); }),
                  {"expected 40 bytes, found more"});
  expect_contains(message([&] { read_idx_images(scratch.write("a", gzip(bytes) + "x")); }),
                  {"bytes follow the end of the gzip"});
}

TEST(Idx, SaysWhatWasExpectedAndFound) {
  Scratch scratch;
  const auto refuse = [&](const std::string& bytes) {
    return message([&] { read_idx_images(scratch.write("a", bytes)); });
  };
  expect_contains(refuse(idx_labels("abc")), {"magic 0x00000803", "found magic 0x00000801"});
  expect_contains(refuse(""), {"the file is empty"});
  expect_contains(refuse("hello, world"), {"expected IDX images", "0x68656c6c"});
  expect_contains(refuse(idx_images(0, 3, 4)), {"at least one image", "found 0 of 3×4"});
  expect_contains(refuse(idx_images(2, 0, 4)), {"found 2 of 0×4"});
  expect_contains(refuse(idx_images(2, 3, 4).substr(0, 30)),
                  {"expected 24 bytes after the header", "found 14"});
  expect_contains(message([&] { read_idx_images(scratch / "absent"); }), {"absent: no such file"});
  expect_contains(message([&] { read_idx_images(scratch.path()); }), {"expected a file"});
}

TEST(Idx, AllocatesNothingTheFileCannotFill) {
  Scratch scratch;
  // 4 billion images of 32,768² would be 4 exabytes.
  const std::string huge = u32(0x803) + u32(0xffffffff) + u32(32768) + u32(32768) + "pixels";
  expect_contains(message([&] { read_idx_images(scratch.write("a", huge)); }), {"found 6"});
  expect_contains(message([&] { read_idx_images(scratch.write("a", gzip(huge))); }), {"at most"});
}

TEST(Idx, AGzipBombIsReadNoFurtherThanItsHeaderSays) {
  Scratch scratch;
  const std::string bomb = gzip(idx_images(1, 2, 2) + std::string(std::size_t{64} << 20, '\0'));
  EXPECT_LT(bomb.size(), 100'000u);
  expect_contains(message([&] { read_idx_images(scratch.write("bomb.gz", bomb)); }),
                  {"expected 20 bytes, found more"});
}

}  // namespace
}  // namespace pushforward::data
