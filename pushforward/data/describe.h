// What a set of images or points looks like, in numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pushforward/core/json.h"
#include "pushforward/data/images.h"
#include "pushforward/data/points.h"

namespace pushforward::data {

/// Over all pixels, in units of [0, 1]; the standard deviation is the population's.
struct Description {
  std::string name, source;
  std::int64_t count = 0, channels = 0, height = 0, width = 0;
  double mean = 0, std = 0, min = 0, max = 0;
  std::vector<std::int64_t> labels;  ///< Images per label, 0 … largest; empty without labels.
  std::vector<std::string> classes;  ///< Their names, where they have some.
  std::vector<LeftOut> left_out;     ///< Of a folder.
};

Description describe(const Images& images);

/// Per dimension [D]; the standard deviation is the population's.
struct PointsDescription {
  std::string name, source;  ///< The source of generated points is "generated".
  std::int64_t count = 0, dims = 0;
  std::vector<double> mean, std, min, max;
};

PointsDescription describe(const Points& points);

Json to_json(const Description& description);
Json to_json(const std::vector<LeftOut>& left_out);  ///< [{"name", "why"}]
Json to_json(const PointsDescription& description);

}  // namespace pushforward::data
