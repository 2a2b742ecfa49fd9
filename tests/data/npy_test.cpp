#include "pushforward/data/npy.h"

#include "tests/data/support.h"

#include <cmath>
#include <limits>

#include "pushforward/data/npy_images.h"

namespace pushforward::data {
namespace {

/// As numpy.save writes it.
std::string npy(const std::string& dictionary, const std::string& data, int version = 1) {
  std::string bytes = std::string("\x93NUMPY") + static_cast<char>(version) + '\0';
  bytes += static_cast<char>(dictionary.size());
  bytes += static_cast<char>(dictionary.size() >> 8);
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + dictionary + data;
}

template <typename T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

const std::string floats_header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";

TEST(Npy, ReadsItsThreeVersions) {
  Scratch scratch;
  const std::vector<float> values{1, -2.5f, 3, 4, 5, 6};
  for (const int version : {1, 2, 3}) {
    const NpyArray array = read_npy(scratch.write("a.npy", npy(floats_header, raw(values), version)));
    EXPECT_EQ(array.shape_text(), "[2, 3]");
    EXPECT_EQ(name_of(array.type), "float32");
    EXPECT_EQ(array.values<float>(), values);
  }
}

TEST(Npy, WritesWhatNumpyWrites) {
  Scratch scratch;
  const std::vector<double> values{0.5, -1, 2};
  write_npy(scratch / "a.npy", NpyArray::of<double>({3}, values));
  std::string dictionary = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }";
  dictionary.resize(117, ' ');
  EXPECT_EQ(read_file(scratch / "a.npy"), npy(dictionary + "\n", raw(values)));
}

TEST(Npy, RoundTripsEveryTypeAndShape) {
  Scratch scratch;
  const auto check = [&]<typename T>(const std::vector<std::int64_t>& shape, const std::vector<T>& values) {
    const NpyArray array = NpyArray::of<T>(shape, values);
    write_npy(scratch / "a.npy", array);
    const NpyArray back = read_npy(scratch / "a.npy");
    EXPECT_EQ(back.shape, array.shape);
    EXPECT_EQ(back.type, array.type);
    EXPECT_EQ(back.bytes, array.bytes);
  };
  check(std::vector<std::int64_t>{}, std::vector<double>{3.25});
  check({0, 4}, std::vector<float>{});
  check({2, 1, 2}, std::vector<std::uint8_t>{0, 1, 254, 255});
  check({2}, std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), 7});
  check({2}, std::vector<float>{std::numeric_limits<float>::quiet_NaN(), -0.0f});
}

TEST(Npy, ReadsTheOtherByteOrder) {
  Scratch scratch;
  const std::string dictionary = "{\"shape\": (1,), 'descr': '>i8', 'fortran_order': False}";
  const std::string ordered = "{'descr': '>i8', 'fortran_order': False, 'shape': (1,)}";
  const auto path = scratch.write("a.npy", npy(ordered, std::string(6, '\0') + "\x01\x02"));
  EXPECT_EQ(read_npy(path).values<std::int64_t>(), std::vector<std::int64_t>{258});
  EXPECT_EQ(
      read_npy(scratch.write("b.npy", npy(dictionary, std::string(6, '\0') + "\x01\x02"))).values<double>(),
      std::vector<double>{258});
}

TEST(Npy, RefusesEveryTruncationAndLeftovers) {
  Scratch scratch;
  const std::string bytes = npy(floats_header, raw(std::vector<float>(6)));
  const auto read = [](const auto& path) { read_npy(path); };
  expect_every_truncation_refused(scratch, bytes, read);
  expect_no_flip_crashes(scratch, bytes, bytes.size(), read);
  expect_contains(message([&] { read_npy(scratch.write("a.npy", bytes + "x")); }), {"found more"});
}

TEST(Npy, SaysWhatWasExpectedAndFound) {
  Scratch scratch;
  const auto refuse = [&](const std::string& dictionary) {
    return message([&] { read_npy(scratch.write("a.npy", npy(dictionary, "12345678"))); });
  };
  expect_contains(refuse("{'descr': '<f2', 'fortran_order': False, 'shape': (4,), }"),
                  {"float64, found '<f2'"});
  expect_contains(refuse("{'descr': '', 'fortran_order': False, 'shape': (4,), }"), {"found ''"});
  expect_contains(refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }"),
                  {"expected a header like"});
  expect_contains(refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }"),
                  {"expected a header like"});
  expect_contains(refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }"),
                  {"too large"});
  expect_contains(refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }"),
                  {"expected 4000000000000 bytes", "found 8"});
  expect_contains(refuse("{'descr': '<f4', 'shape': (2,), }"), {"expected a header like"});
  expect_contains(refuse("import os"), {"expected a header like"});
  expect_contains(message([&] { read_npy(scratch.write("a.npy", "PK not an array")); }),
                  {"expected a .npy file"});
  expect_contains(message([&] { read_npy(scratch.write("a.npy", npy(floats_header, "", 4))); }),
                  {"version 1, 2 or 3, found 4"});
}

TEST(Npy, ReadsTheHeadersOfPython2) {
  Scratch scratch;
  const std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 1L, 3L), }          \n";
  const NpyArray array = read_npy(scratch.write("a.npy", npy(header, "abcdef")));
  EXPECT_EQ(array.shape, (std::vector<std::int64_t>{2, 1, 3}));
  EXPECT_EQ(array.bytes, (std::vector<std::uint8_t>{'a', 'b', 'c', 'd', 'e', 'f'}));
  expect_contains(message([&] {
                    read_npy(scratch.write(
                        "a.npy", npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2M,)}", "ab")));
                  }),
                  {"expected a header like"});
}

TEST(Npy, ReadsGzips) {
  Scratch scratch;
  const std::vector<float> values{1, -2.5f, 3, 4, 5, 6};
  const auto packed = gzip(npy(floats_header, raw(values)));
  EXPECT_EQ(read_npy(scratch.write("a.npy.gz", packed)).values<float>(), values);
  EXPECT_EQ(npy_shape(scratch / "a.npy.gz"), (std::vector<std::int64_t>{2, 3}));
}

TEST(Npy, TurnsFortranOrderIntoCOrder) {
  Scratch scratch;
  // numpy.asfortranarray(numpy.arange(24).reshape(2, 3, 4)): element [i, j, k] = 12 i + 4 j + k is the
  // (i + 2 j + 6 k)-th.
  std::vector<std::int64_t> stored(24), expected(24);
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 4; ++k)
        stored[i + 2 * j + 6 * k] = expected[12 * i + 4 * j + k] =
            static_cast<std::int64_t>(12 * i + 4 * j + k);
  const std::string header = "{'descr': '<i8', 'fortran_order': True, 'shape': (2, 3, 4), }\n";
  EXPECT_EQ(read_npy(scratch.write("a.npy", npy(header, raw(stored)))).values<std::int64_t>(), expected);
  const std::string flat = "{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }\n";
  EXPECT_EQ(read_npy(scratch.write("b.npy", npy(flat, raw(std::vector<float>{3, 4})))).values<float>(),
            (std::vector<float>{3, 4}));
  const std::string none = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 0, 3), }\n";
  EXPECT_TRUE(read_npy(scratch.write("c.npy", npy(none, ""))).values<float>().empty());
}

TEST(Npy, RefusesShapesWhoseCountIsBeyondCounting) {
  Scratch scratch;
  for (const std::string shape :
       {"4294967296, 2147483648, 0", "0, 4294967296, 2147483648", "9223372036854775807, 0, 3"}) {
    const std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (" + shape + "), }\n";
    const auto path = scratch.write("a.npy", npy(header, ""));
    expect_contains(message([&] { read_npy(path); }), {"too large"});
    expect_contains(message([&] { npy_shape(path); }), {"too large"});
  }
  const NpyArray array{.shape = {std::int64_t{1} << 32, std::int64_t{1} << 31}, .bytes = {}};
  expect_contains(message([&] { array.count(); }), {"too large"});
}

TEST(Npy, RefusesAShapeThatDoesNotHoldTheValues) {
  const std::vector<float> values(5);
  expect_contains(message([&] { NpyArray::of<float>({2, 3}, values); }), {"[2, 3]", "5 values"});
}

TEST(NpyImages, UnderstandsEveryLayout) {
  Scratch scratch;
  const auto read = [&](std::vector<std::int64_t> shape) {
    std::size_t count = 1;
    for (const auto size : shape) count *= static_cast<std::size_t>(size);
    std::vector<std::uint8_t> values(count);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i);
    write_npy(scratch / "a.npy", NpyArray::of<std::uint8_t>(std::move(shape), values));
    return read_npy_images(scratch / "a.npy");
  };
  EXPECT_EQ(read({2, 3, 4}).shape(), "2 images of 1×3×4");
  EXPECT_EQ(read({2, 3, 2, 2}).shape(), "2 images of 3×2×2");
  EXPECT_EQ(read({2, 2, 2, 3}).shape(), "2 images of 3×2×2");
  EXPECT_EQ(read({2, 1, 4, 3}).shape(), "2 images of 1×4×3");  // Both readings fit: channels first.
  EXPECT_EQ(read({2, 2, 2, 3}).pixels[1], 3);                  // Second pixel's red.
  EXPECT_EQ(read({8, 9, 3}).shape(), "1 images of 3×8×9") << "one colour picture";
  EXPECT_EQ(read({8, 9, 3}).pixels[1], 3);
  EXPECT_EQ(read({9, 8, 1}).shape(), "1 images of 1×9×8");
  EXPECT_EQ(read({50, 7, 3}).shape(), "50 images of 1×7×3") << "no picture is so narrow";
  EXPECT_EQ(read({8, 1, 3}).shape(), "8 images of 1×1×3");
  EXPECT_EQ(read({24, 1, 1}).shape(), "24 images of 1×1×1");
  EXPECT_EQ(read({3, 2, 4}).shape(), "3 images of 1×2×4");
  expect_contains(message([&] { read({24}); }), {"[N, H, W]", "found shape [24]"});
  expect_contains(message([&] { read({3, 2, 2, 2}); }), {"found shape [3, 2, 2, 2]"});
}

TEST(NpyImages, ReadsFortranOrderPartByPart) {
  Scratch scratch;
  std::string stored(24, '\0');  // [2, 3, 2, 2]: images of three planes
  for (std::size_t i = 0; i < 24; ++i) {
    const auto n = i % 2, c = i / 2 % 3, y = i / 6 % 2, x = i / 12;
    stored[i] = static_cast<char>(12 * n + 4 * c + 2 * y + x);
  }
  const auto path = scratch.write(
      "a.npy", npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 2, 2), }\n", stored));
  std::vector<std::uint8_t> expected(24);
  for (std::size_t i = 0; i < 24; ++i) expected[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(read_npy_images(path).pixels, expected);
  NpyImageReader reader(Input(path, "npy"));
  EXPECT_EQ(reader.next(1).pixels, std::vector<std::uint8_t>(expected.begin(), expected.begin() + 12));
  EXPECT_EQ(reader.next(9).pixels, std::vector<std::uint8_t>(expected.begin() + 12, expected.end()));
  EXPECT_EQ(reader.next(9).count, 0);
}

TEST(NpyImages, RoundsFloatsAndNamesTheBadImage) {
  Scratch scratch;
  const auto read = [&](const std::vector<float>& values) {
    write_npy(scratch / "a.npy", NpyArray::of<float>({3, 1, 2}, values));
    return read_npy_images(scratch / "a.npy");
  };
  EXPECT_EQ(read({0, 1, 0.5f, 100 / 255.0f, 0.4f / 255, 0.6f / 255}).pixels,
            (std::vector<std::uint8_t>{0, 255, 128, 100, 0, 1}));
  expect_contains(message([&] { read({0, 1, 0, std::nanf(""), 0, 0}); }), {"in [0, 1]", "nan in image 1"});
  expect_contains(message([&] { read({0, 1, 0, 1, 0, 1.5f}); }), {"1.5 in image 2"});
  expect_contains(message([&] { read({-0.1f, 1, 0, 1, 0, 1}); }), {"-0.1 in image 0"});
  write_npy(scratch / "i.npy", NpyArray::of<std::int64_t>({1, 1, 1}, std::vector<std::int64_t>{0}));
  expect_contains(message([&] { read_npy_images(scratch / "i.npy"); }), {"found int64"});
  write_npy(scratch / "0.npy", NpyArray::of<float>({0, 2, 2}, std::vector<float>{}));
  expect_contains(message([&] { read_npy_images(scratch / "0.npy"); }), {"no images in shape [0, 2, 2]"});
}

}  // namespace
}  // namespace pushforward::data
