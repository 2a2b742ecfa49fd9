#include "pushforward/models/examples.h"

#include <vector>

#include "pushforward/core/error.h"
#include "pushforward/data/load.h"
#include "pushforward/data/loader.h"

namespace pushforward::models {

std::string Examples::text() const {
  return fmt::format("{} has {} of {}", name, shape.points() ? "points" : "images", shape.text());
}

Examples load_examples(const data::Spec& spec, std::int64_t resize) {
  if (spec.points()) {
    auto points = data::load_points(spec);
    const auto shape = Shape::of_points(points.dims);
    auto name = points.name;
    return {
        .name = std::move(name), .shape = shape, .values = data::to_tensor(std::move(points)), .spec = spec};
  }
  auto reading = spec.reading();
  if (resize > 0) reading.height = reading.width = resize;
  auto images = data::load_images(spec.with(reading));
  const Shape shape{.channels = images.channels, .height = images.height, .width = images.width};
  auto name = images.name;
  auto labels = data::labels_of(images);
  auto classes = images.classes;
  return {std::move(name),   shape, data::to_tensor(std::move(images)),
          std::move(labels), spec,  std::move(classes)};
}

Examples slice(Examples set, std::int64_t begin, std::int64_t end) {
  set.values = set.values.slice(0, begin, end);
  if (set.labels.defined()) set.labels = set.labels.slice(0, begin, end);
  return set;
}

Examples first(Examples set, std::int64_t n) {
  return slice(std::move(set), 0, n);
}

double scale_of(const Examples& points) {
  constexpr double least = 1e-9, most = 1e9;
  const auto n = points.values.size(0);
  const double deviation = points.values.std(/*unbiased=*/n * points.shape.numbers > 1).item<double>();
  if (deviation == 0)
    throw fail("{}: all numbers of its {} points are the same: there is nothing to learn", points.name, n);
  if (!(deviation >= least && deviation <= most))
    throw fail("{}: the standard deviation of its points is {:.3g}, expected {} to {}: scale them",
               points.name, deviation, least, most);
  return deviation;
}

std::optional<Examples> test_split(const data::Spec& spec, std::int64_t resize) {
  const bool set = spec.kind() == data::SpecKind::generated || spec.kind() == data::SpecKind::named ||
                   spec.kind() == data::SpecKind::set_folder;
  if (!set || spec.splits().size() < 2) return {};
  return load_examples(spec.with_split("test"), resize);
}

}  // namespace pushforward::models
