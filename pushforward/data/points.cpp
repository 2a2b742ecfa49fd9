#include "pushforward/data/points.h"

#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/data/npy.h"

namespace pushforward::data {

std::string Points::shape() const {
  return fmt::format("{} points of {} dimensions", count, dims);
}

Points read_npy_points(const std::filesystem::path& path) {
  const NpyArray array = read_npy(path);
  const std::string where = "[npy] " + path.string();
  if (array.shape.size() != 2 || array.count() == 0 || array.type == NpyType::uint8)
    throw fail("{}: expected points [N, D] of float32, float64 or int64, found shape {} of {}", where,
               array.shape_text(), name_of(array.type));
  Points points{.name = path.string(),
                .source = path,
                .count = array.shape[0],
                .dims = array.shape[1],
                .values = array.values<float>()};
  for (std::size_t i = 0; i < points.values.size(); ++i)
    if (!std::isfinite(points.values[i]))
      throw fail("{}: expected finite numbers within float32's range, found {} in point {}", where,
                 points.values[i], static_cast<std::int64_t>(i) / points.dims);
  return points;
}

}  // namespace pushforward::data
