#include "pushforward/evaluation/scatter.h"

#include "pushforward/core/error.h"
#include "pushforward/data/toys.h"
#include "pushforward/report/plot.h"

namespace pushforward::evaluation {
namespace {

report::ScatterPanel panel(const LogDensity& density) {
  return {.name = "density", .points = {}, .log_density = [=](const std::vector<report::Point>& points) {
            auto x = at::empty({static_cast<std::int64_t>(points.size()), 2});
            auto* next = x.data_ptr<float>();
            for (const auto& point : points) {
              *next++ = static_cast<float>(point.x);
              *next++ = static_cast<float>(point.y);
            }
            return density(x);
          }};
}

}  // namespace

report::ScatterPanel panel(const std::string& name, const at::Tensor& points) {
  report::ScatterPanel made{.name = name, .points = {}};
  const auto plane = points.to(at::kDouble).contiguous();
  const auto* x = plane.data_ptr<double>();
  for (std::int64_t i = 0; i < plane.size(0); ++i) made.points.push_back({x[2 * i], x[2 * i + 1]});
  return made;
}

report::Figure scatter(const models::Examples& data, const at::Tensor& samples,
                       const std::string& samples_name, const LogDensity& density) {
  PF_CHECK(samples.size(1) == 2, "[scatter] expected points in the plane, got {} numbers each",
           samples.size(1));
  report::ScatterPlot plot{.title = "Samples", .x_label = "x₁", .y_label = "x₂", .panels = {}};
  plot.panels.push_back(panel(data.name, data.values));
  plot.panels.push_back(panel(samples_name, samples));
  if (density) plot.panels.push_back(panel(density));
  if (const auto* toy = data.spec.toy(); toy != nullptr && toy->modes)
    for (const auto& [x, y] : toy->modes->centres) plot.centres.push_back({x, y});
  return report::draw(plot);
}

}  // namespace pushforward::evaluation
