// A set of points in memory: low-dimensional data as floats. Free of torch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "pushforward/data/npy.h"

namespace pushforward::data {

struct Points {
  std::string name;              ///< As asked for: "eight-gaussians:test".
  std::filesystem::path source;  ///< The file they were read from; empty for generated ones.
  std::int64_t count = 0;
  std::int64_t dims = 0;
  std::vector<float> values;  ///< [N, D], row major.

  /// "10000 points of 2 dimensions"
  std::string shape() const;
};

/// The numbers of an array [N, …] in float32, which models compute with. Throws Error, beginning with
/// `where`, for numbers that lie so far from zero for their spread that float32 rounds them by more than a
/// thousandth of their column's standard deviation.
std::vector<float> in_float32(const NpyArray& array, const std::string& where);

/// Points from an array [N, D] of any type but uint8. Throws Error for another shape, none at all, as
/// in_float32, and naming the first point that holds a NaN, an infinity or a value beyond float32.
Points read_npy_points(const std::filesystem::path& path);

}  // namespace pushforward::data
