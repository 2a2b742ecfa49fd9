// NumPy's .npy: one array, any shape, four element types. https://numpy.org/neps/nep-0001-npy-format.html
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/data/images.h"

namespace pushforward::data {

enum class NpyType { uint8, int64, float32, float64 };

std::size_t size_of(NpyType type);
std::string_view name_of(NpyType type);  ///< "float32"

template <typename T>
constexpr NpyType npy_type() {
  if constexpr (std::is_same_v<T, std::uint8_t>)
    return NpyType::uint8;
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return NpyType::int64;
  else if constexpr (std::is_same_v<T, float>)
    return NpyType::float32;
  else {
    static_assert(std::is_same_v<T, double>, "npy: uint8_t, int64_t, float or double");
    return NpyType::float64;
  }
}

/// An array in C order. A scalar has an empty shape.
///
///   auto scores = NpyArray::of<double>({n}, values);
///   write_npy("scores.npy", scores);
///   std::vector<float> z = read_npy("z.npy").values<float>();
struct NpyArray {
  std::vector<std::int64_t> shape;
  NpyType type = NpyType::float32;
  std::vector<std::uint8_t> bytes;  ///< In this machine's byte order.

  template <typename T>
  static NpyArray of(std::vector<std::int64_t> shape, std::span<const T> values);

  /// The product of the shape. Throws Error where it is beyond int64.
  std::int64_t count() const;

  /// The elements converted to T (double → float rounds).
  template <typename T>
  std::vector<T> values() const;

  std::string shape_text() const;  ///< "[64, 784]"
};

class Input;

/// What stands before the elements.
struct NpyHeader {
  std::vector<std::int64_t> shape;
  NpyType type = NpyType::float32;
  bool swapped = false;  ///< The bytes are in the other order than this machine's.
  bool fortran = false;  ///< The first index runs fastest.

  std::uint64_t bytes() const;     ///< Of all elements.
  std::string shape_text() const;  ///< "[64, 784]"
};

/// Throws Error as read_npy does for the header.
NpyHeader read_npy_header(Input& input);

/// The next elements of an array, in the file's order of indices and this machine's order of bytes.
void read_npy_elements(Input& input, const NpyHeader& header, std::span<std::uint8_t> bytes);

/// All elements that follow a header. Fortran order is turned into C order; either byte order is read. Throws
/// Error when bytes are missing or left over.
NpyArray read_npy_array(Input& input, const NpyHeader& header);

/// Throws Error for what is not a .npy (gzip or not) of version 1, 2 or 3, holds another element type, or has
/// bytes missing or left over. Headers that Python 2 wrote are read.
NpyArray read_npy(const std::filesystem::path& path);

/// The shape alone, without reading the elements. Throws Error as read_npy does for the header.
std::vector<std::int64_t> npy_shape(const std::filesystem::path& path);

/// What stands before the elements in a file of version 1.0, little-endian. Throws Error where the shape does
/// not hold the array's bytes; `where` begins the message.
std::string npy_prefix(const NpyArray& array, const std::string& where);

/// Version 1.0, little-endian, atomically. Throws Error when it cannot be written.
void write_npy(const std::filesystem::path& path, const NpyArray& array);

/// Images from [N, H, W], [N, C, H, W] or [N, H, W, C], C being 1 or 3: uint8, or floats in [0, 1] rounded to
/// the nearest of 256 levels. Where both 4-D readings fit, channels come first. [H, W, 3] and [H, W, 1] with
/// sides of at least 8 are one picture, not H gray ones of W rows and so few columns. Throws Error naming the
/// first image that holds a NaN or a value out of range.
Images read_npy_images(const std::filesystem::path& path);

template <typename T>
NpyArray NpyArray::of(std::vector<std::int64_t> shape, std::span<const T> values) {
  NpyArray array{.shape = std::move(shape), .type = npy_type<T>(), .bytes = {}};
  PF_CHECK(array.count() == static_cast<std::int64_t>(values.size()),
           "[npy] shape {} does not hold {} values", array.shape_text(), values.size());
  array.bytes.resize(values.size_bytes());
  if (!values.empty()) std::memcpy(array.bytes.data(), values.data(), values.size_bytes());
  return array;
}

template <typename T>
std::vector<T> NpyArray::values() const {
  std::vector<T> result(static_cast<std::size_t>(count()));
  const auto convert = [&]<typename From>(From) {
    const auto* from = reinterpret_cast<const From*>(bytes.data());
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<T>(from[i]);
  };
  switch (type) {
    case NpyType::uint8:
      convert(std::uint8_t{});
      break;
    case NpyType::int64:
      convert(std::int64_t{});
      break;
    case NpyType::float32:
      convert(float{});
      break;
    case NpyType::float64:
      convert(double{});
      break;
  }
  return result;
}

}  // namespace pushforward::data
