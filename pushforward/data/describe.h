// What a set of images looks like, in numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pushforward/core/json.h"
#include "pushforward/data/images.h"

namespace pushforward::data {

/// Over all pixels, in units of [0, 1]; the standard deviation is the population's.
struct Description {
  std::string name, source;
  std::int64_t count = 0, channels = 0, height = 0, width = 0;
  double mean = 0, std = 0, min = 0, max = 0;
  std::vector<std::int64_t> labels;  ///< Images per label, 0 … largest; empty without labels.
};

Description describe(const Images& images);

Json to_json(const Description& description);

}  // namespace pushforward::data
