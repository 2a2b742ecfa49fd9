#include "pushforward/data/npz.h"

#include "tests/data/support.h"
#include <sys/resource.h>

namespace pushforward::data {
namespace {

namespace fs = std::filesystem;

const fs::path goldens = fs::path(PUSHFORWARD_TESTS_DIR) / "goldens" / "npz";

/// Little-endian.
std::string number(std::uint64_t v, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(v >> 8 * i);
  return text;
}

/// A zip of one stored member, which claims to have `claimed` bytes.
std::string zip(const std::string& name, const std::string& bytes, std::uint64_t claimed) {
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
  const std::string common = number(0, 8) + number(crc, 4) + number(bytes.size(), 4) + number(claimed, 4) +
                             number(name.size(), 2) + number(0, 2);
  const std::string local = "PK\3\4" + number(20, 2) + common + name + bytes;
  const std::string directory = "PK\1\2" + number(20, 2) + number(20, 2) + common + number(0, 14) + name;
  return local + directory + "PK\5\6" + number(0, 4) + number(1, 2) + number(1, 2) +
         number(directory.size(), 4) + number(local.size(), 4) + number(0, 2);
}

std::string npy(const std::string& shape, const std::string& bytes) {
  std::string dictionary = "{'descr': '|u1', 'fortran_order': False, 'shape': " + shape + ", }";
  dictionary.resize(117, ' ');
  return std::string("\x93NUMPY\1\0\x76\0", 10) + dictionary + "\n" + bytes;
}

TEST(Npz, ReadsWhatNumpyWrote) {
  for (const auto* name : {"statistics-stored.npz", "statistics-deflated.npz"}) {
    const Npz file(goldens / name);
    EXPECT_EQ(file.names(), (std::vector<std::string>{"mu", "sigma"}));
    const auto mean = file.read("mu"), covariance = file.read("sigma");
    EXPECT_EQ(mean.shape_text(), "[3]");
    EXPECT_EQ(mean.type, NpyType::float64);
    EXPECT_DOUBLE_EQ(mean.values<double>()[0], (0 + 2 + 1 + 4 + 4) / 5.0);
    EXPECT_EQ(covariance.shape_text(), "[3, 3]");
    EXPECT_EQ(covariance.type, NpyType::float32);
    EXPECT_FLOAT_EQ(covariance.values<float>()[0], 3.2F);
    EXPECT_EQ(file.text("extractor"), "");
    expect_contains(message([&] { file.read("mean"); }), {name, "expected an array mean, found mu, sigma"});
  }
}

TEST(Npz, WhatWasWrittenComesBack) {
  Scratch scratch;
  const std::vector<double> values{1, -2, 0.5, 1e300, 5, 6};
  const std::vector<std::int64_t> count{50'000};
  const auto write = [&](const std::string& name) {
    write_npz(scratch / name,
              {{"a", NpyArray::of<double>({2, 3}, values)},
               {"none", NpyArray::of<float>({0, 4}, {})},
               {"n", NpyArray::of<std::int64_t>({}, count)}},
              {{"extractor", "pixels"}});
    return read_file(scratch / name);
  };
  const auto bytes = write("one.npz");
  EXPECT_TRUE(is_zip(bytes));
  EXPECT_EQ(bytes, write("two.npz"));
  const Npz file(scratch / "one.npz");
  EXPECT_EQ(file.names(), (std::vector<std::string>{"a", "none", "n"}));
  EXPECT_EQ(file.read("a").shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(file.read("a").values<double>(), values);
  EXPECT_EQ(file.read("none").shape_text(), "[0, 4]");
  EXPECT_EQ(file.read("n").values<std::int64_t>(), count);
  EXPECT_EQ(file.text("extractor"), "pixels");
  expect_contains(message([&] { write_npz(scratch / "nowhere/a.npz", {}); }), {"nowhere/a.npz"});
}

TEST(Npz, IsRefusedCutShortOrDamaged) {
  Scratch scratch;
  const auto read = [](const fs::path& path) {
    const Npz file(path);
    for (const auto* name : {"mu", "sigma"}) file.read(name);
  };
  for (const auto* name : {"statistics-stored.npz", "statistics-deflated.npz"}) {
    const auto bytes = read_file(goldens / name);
    expect_every_truncation_refused(scratch, bytes, read);
    expect_no_flip_crashes(scratch, bytes, bytes.size(), read);
    auto changed = bytes;
    changed[bytes.find("NUMPY") == std::string::npos ? 80 : bytes.find("NUMPY") + 130] ^= 1;
    expect_contains(message([&] { read(scratch.write("changed.npz", changed)); }), {"changed.npz"});
  }
  expect_contains(message([&] { Npz(scratch.write("text.npz", "no zip at all")); }),
                  {"text.npz: expected a whole zip of .npy arrays"});
  expect_contains(message([&] { Npz(scratch / "absent.npz"); }), {"absent.npz: cannot read"});
  expect_contains(message([&] { Npz(scratch.path()); }), {"cannot read"});
}

TEST(Npz, AllocatesNoMoreThanTheFileCanHold) {
  Scratch scratch;
  const auto peak = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const auto before = peak();
  const auto read = [&](const std::string& shape, const std::string& bytes, std::uint64_t claimed) {
    return message(
        [&] { Npz(scratch.write("bomb.npz", zip("a.npy", npy(shape, bytes), claimed))).read("a"); });
  };
  constexpr std::uint64_t most = 0xfffffff0;
  const std::string little = "12", more(100'000, 'x');
  EXPECT_EQ(read("(2,)", little, 130), "no error");
  expect_contains(read("(4294967024,)", little, 130),
                  {"bomb.npz:a: expected 4294967024 bytes after the header at byte 128, found 2"});
  expect_contains(read("(4294967024,)", more, most),
                  {"bomb.npz:a: expected 4294967024 bytes after the header"});
  expect_contains(read("(4294967024,)", little, most), {"bomb.npz", "wrong size (read 130"});
  expect_contains(read("(1,)", little, 130), {"found more"});
  EXPECT_LT(peak() - before, 64 * 1024);
}

}  // namespace
}  // namespace pushforward::data
