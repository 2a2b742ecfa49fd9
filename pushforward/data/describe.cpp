#include "pushforward/data/describe.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

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
  d.classes = images.classes;
  d.left_out = images.left_out;
  return d;
}

PointsDescription describe(const Points& points) {
  const auto dims = static_cast<std::size_t>(points.dims);
  const auto n = static_cast<double>(points.count);
  PointsDescription d{.name = points.name,
                      .source = points.source.empty() ? "generated" : points.source.string(),
                      .count = points.count,
                      .dims = points.dims,
                      .mean = std::vector<double>(dims),
                      .std = std::vector<double>(dims),
                      .min = std::vector<double>(dims, std::numeric_limits<double>::infinity()),
                      .max = std::vector<double>(dims, -std::numeric_limits<double>::infinity())};
  for (std::size_t i = 0; i < points.values.size(); ++i) {
    const double v = points.values[i];
    d.mean[i % dims] += v / n;
    d.min[i % dims] = std::min(d.min[i % dims], v);
    d.max[i % dims] = std::max(d.max[i % dims], v);
  }
  for (std::size_t i = 0; i < points.values.size(); ++i) {
    const double away = points.values[i] - d.mean[i % dims];
    d.std[i % dims] += away * away / n;
  }
  for (auto& v : d.std) v = std::sqrt(v);
  return d;
}

Json to_json(const std::vector<LeftOut>& left_out) {
  auto files = Json::array();
  for (const auto& file : left_out) files.push_back({{"name", file.name}, {"why", file.why}});
  return files;
}

Json to_json(const Description& d) {
  return {{"name", d.name},
          {"source", d.source},
          {"count", d.count},
          {"channels", d.channels},
          {"height", d.height},
          {"width", d.width},
          {"mean", d.mean},
          {"std", d.std},
          {"min", d.min},
          {"max", d.max},
          {"labels", d.labels},
          {"classes", d.classes},
          {"left_out", to_json(d.left_out)}};
}

Json to_json(const PointsDescription& d) {
  return {{"name", d.name}, {"source", d.source}, {"count", d.count}, {"dims", d.dims},
          {"mean", d.mean}, {"std", d.std},       {"min", d.min},     {"max", d.max}};
}

}  // namespace pushforward::data
