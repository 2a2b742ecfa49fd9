#include "pushforward/data/idx.h"

#include <array>
#include <system_error>

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

bool is_regular(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

std::optional<std::filesystem::path> labels_beside(const std::filesystem::path& images) {
  std::string name = images.filename().string();
  const std::string what = "images";
  const auto at = name.rfind(what);
  if (at == std::string::npos) return std::nullopt;
  const auto stem = name.substr(0, at) + "labels";
  name.replace(0, at + what.size(), stem);
  if (const auto dims = name.find("idx3", stem.size()); dims != std::string::npos)
    name.replace(dims, 4, "idx1");
  if (is_regular(images.parent_path() / name)) return images.parent_path() / name;
  return find_idx(images.parent_path(), stem);
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

std::optional<std::filesystem::path> find_idx(const std::filesystem::path& folder, const std::string& stem) {
  for (const char separator : {'-', '.'})
    for (const auto* packed : {"", ".gz"}) {
      const auto name =
          fmt::format("{}{}idx{}-ubyte{}", stem, separator, stem.ends_with("labels") ? 1 : 3, packed);
      if (is_regular(folder / name)) return folder / name;
    }
  return std::nullopt;
}

Images read_idx(const std::filesystem::path& path) {
  Images images = read_idx_images(path);
  if (const auto beside = labels_beside(path)) {
    images.labels = read_idx_labels(*beside);
    if (static_cast<std::int64_t>(images.labels.size()) != images.count)
      throw fail("[idx] {}: expected {} labels, one for each image of {}, found {}", beside->string(),
                 images.count, path.filename().string(), images.labels.size());
  }
  return images;
}

}  // namespace pushforward::data
