#include "pushforward/data/idx.h"

#include <array>

#include "pushforward/core/error.h"
#include "pushforward/data/input.h"

namespace pushforward::data {
namespace {

constexpr std::uint32_t images_magic = 0x00000803;
constexpr std::uint32_t labels_magic = 0x00000801;
constexpr std::uint32_t largest_side = 1 << 15;

std::uint32_t read_u32(Input& input) {
  std::array<unsigned char, 4> b{};
  input.read(b.data(), b.size());
  return std::uint32_t{b[0]} << 24 | std::uint32_t{b[1]} << 16 | std::uint32_t{b[2]} << 8 | b[3];
}

void expect_magic(Input& input, std::uint32_t expected, const char* what) {
  const std::uint32_t found = read_u32(input);
  if (found != expected)
    throw fail("{}: expected IDX {} (magic {:#010x}), found magic {:#010x}", input.where(), what, expected,
               found);
}

std::vector<std::uint8_t> read_bytes(Input& input, std::uint64_t size) {
  input.expect_room(size);
  std::vector<std::uint8_t> bytes(size);
  input.read(bytes.data(), bytes.size());
  input.expect_end();
  return bytes;
}

}  // namespace

Images read_idx_images(const std::filesystem::path& path) {
  Input input(path, "idx");
  expect_magic(input, images_magic, "images");
  const std::uint64_t count = read_u32(input), height = read_u32(input), width = read_u32(input);
  if (count == 0 || height == 0 || width == 0 || height > largest_side || width > largest_side)
    throw fail("{}: expected at least one image with sides of 1 to {}, found {} of {}×{}", input.where(),
               largest_side, count, height, width);
  Images images;
  images.name = path.string();
  images.source = path;
  images.count = static_cast<std::int64_t>(count);
  images.channels = 1;
  images.height = static_cast<std::int64_t>(height);
  images.width = static_cast<std::int64_t>(width);
  images.pixels = read_bytes(input, count * height * width);
  return images;
}

std::vector<std::uint8_t> read_idx_labels(const std::filesystem::path& path) {
  Input input(path, "idx");
  expect_magic(input, labels_magic, "labels");
  return read_bytes(input, read_u32(input));
}

}  // namespace pushforward::data
