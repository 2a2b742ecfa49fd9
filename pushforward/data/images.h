// A set of images in memory, as every reader returns it. Free of torch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace pushforward::data {

/// A file that a folder's images were read without, and why.
struct LeftOut {
  std::string name;  ///< Within the folder.
  std::string why;   ///< "hidden", or what its reader said.
};

/// To which class each image of a set belongs.
struct Labels {
  std::vector<std::uint8_t> numbers;  ///< [N], or empty.
  std::vector<std::string> classes;   ///< What they stand for, where they are names of folders.
};

/// `count` images of one shape, 8 bits per value.
struct Images {
  std::string name;              ///< As asked for: "fashion-mnist:test+invert".
  std::filesystem::path source;  ///< The file or folder they were read from.
  std::int64_t count = 0;
  std::int64_t channels = 0;  ///< 1 (gray) or 3 (red, green, blue).
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<std::uint8_t> pixels;       ///< [N, C, H, W], row major.
  std::vector<std::uint8_t> labels;       ///< [N], or empty.
  std::vector<std::string> classes = {};  ///< What the labels stand for, where they are names of folders.
  std::vector<LeftOut> left_out = {};     ///< Of a folder.

  std::int64_t dims() const { return channels * height * width; }
  const std::uint8_t* image(std::int64_t index) const { return pixels.data() + index * dims(); }
  std::uint8_t* image(std::int64_t index) { return pixels.data() + index * dims(); }

  /// "10000 images of 1×28×28"
  std::string shape() const;

  /// size × size, as `resize` (resize.h) does it.
  Images resized(std::int64_t size) const;
};

/// One image [H, W, C] → [C, H, W], `plane` being H·W.
void to_planar(const std::uint8_t* interleaved, std::uint8_t* planar, std::int64_t channels,
               std::int64_t plane);

}  // namespace pushforward::data
