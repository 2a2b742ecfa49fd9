// A set of points in memory: low-dimensional data as floats. Free of torch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

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

/// Points from an array [N, D] of any type but uint8. Throws Error for another shape, none at all, and naming
/// the first point that holds a NaN, an infinity or a value beyond float32.
Points read_npy_points(const std::filesystem::path& path);

}  // namespace pushforward::data
