#include "pushforward/data/points.h"

#include <algorithm>
#include <cmath>

#include "pushforward/core/error.h"
#include "pushforward/data/npy.h"

namespace pushforward::data {

std::string Points::shape() const {
  return fmt::format("{} points of {} dimensions", count, dims);
}

std::vector<float> in_float32(const NpyArray& array, const std::string& where) {
  constexpr double most_lost = 1e-3;  // of a standard deviation
  auto narrow = array.values<float>();
  if (array.type != NpyType::float64 && array.type != NpyType::int64) return narrow;
  const auto exact = array.values<double>();
  const auto rows = array.shape.empty() ? 1 : static_cast<std::size_t>(array.shape[0]);
  const auto columns = rows == 0 ? 0 : exact.size() / rows;
  for (std::size_t d = 0; d < columns; ++d) {
    double mean = 0, square = 0, lost = 0;
    for (std::size_t i = d, n = 1; i < exact.size(); i += columns, ++n) {
      const double step = exact[i] - mean;
      mean += step / static_cast<double>(n);
      square += step * (exact[i] - mean);
      lost = std::max(lost, std::abs(exact[i] - static_cast<double>(narrow[i])));
    }
    const double sd = std::sqrt(square / static_cast<double>(rows));
    if (std::isfinite(lost) && lost > most_lost * sd && sd > 0)
      throw fail(
          "{}: float32, which models compute with, rounds the numbers of column {} by up to {:.2g}, and "
          "their "
          "standard deviation is {:.2g}: subtract their mean, {:.10g}",
          where, d, lost, sd, mean);
  }
  return narrow;
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
                .values = in_float32(array, where)};
  for (std::size_t i = 0; i < points.values.size(); ++i)
    if (!std::isfinite(points.values[i]))
      throw fail("{}: expected finite numbers within float32's range, found {} in point {}", where,
                 points.values[i], static_cast<std::int64_t>(i) / points.dims);
  return points;
}

}  // namespace pushforward::data
