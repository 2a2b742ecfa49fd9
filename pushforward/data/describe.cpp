#include "pushforward/data/describe.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace pushforward::data {

Description describe(const Images& images) {
  Description d{.name = images.name,
                .source = images.source.string(),
                .count = images.count,
                .channels = images.channels,
                .height = images.height,
                .width = images.width};
  std::array<std::int64_t, 256> levels{};
  for (const auto v : images.pixels) ++levels[v];
  const auto total = static_cast<double>(images.pixels.size());
  int lowest = 255, highest = 0;
  for (int v = 0; v < 256; ++v) {
    if (levels[v] == 0) continue;
    lowest = std::min(lowest, v);
    highest = v;
    d.mean += v / 255.0 * static_cast<double>(levels[v]) / total;
  }
  double variance = 0;
  for (int v = 0; v < 256; ++v)
    variance += (v / 255.0 - d.mean) * (v / 255.0 - d.mean) * static_cast<double>(levels[v]) / total;
  d.std = std::sqrt(variance);
  d.min = lowest / 255.0;
  d.max = highest / 255.0;
  if (!images.labels.empty())
    d.labels.resize(*std::max_element(images.labels.begin(), images.labels.end()) + std::size_t{1});
  for (const auto label : images.labels) ++d.labels[label];
  return d;
}

Json to_json(const Description& d) {
  return {{"name", d.name},     {"source", d.source}, {"count", d.count},  {"channels", d.channels},
          {"height", d.height}, {"width", d.width},   {"mean", d.mean},    {"std", d.std},
          {"min", d.min},       {"max", d.max},       {"labels", d.labels}};
}

}  // namespace pushforward::data
