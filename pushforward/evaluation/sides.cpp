#include "pushforward/evaluation/sides.h"

#include <tuple>
#include <utility>

#include "pushforward/core/error.h"
#include "pushforward/evaluation/sample_source.h"
#include "pushforward/evaluation/set_features.h"
#include "pushforward/evaluation/statistics.h"
#include "pushforward/metrics/content_order.h"
#include "pushforward/models/image_size.h"
#include "pushforward/report/table.h"

namespace pushforward::evaluation {
namespace {

/// Whether it is statistics of nobody knows whose features.
bool unstated(const Side& side) {
  return side.statistics && side.extractor == values_name;
}

constexpr std::int64_t most_for_pairs = 50'000;

/// Numbers are features themselves.
Side table_side(const models::Examples& set) {
  return {.name = set.name,
          .extractor = values_name,
          .count = set.values.size(0),
          .dims = set.values.size(1),
          .features = set.values};
}

}  // namespace

Sides::Sides(EvaluationOptions options) : options_(std::move(options)) {
  if (!options_.cache.empty()) cache_.emplace(options_.cache);
}

Extractor& Sides::extractor() {
  const auto& reading = options_.reading;
  if (!extractor_)
    extractor_ = open_extractor(options_.features, options_.convention,
                                reading.resizes() ? data::ResizeMode::pillow_bilinear : reading.mode);
  return *extractor_;
}

FeatureExtraction Sides::extraction(bool with_logits) {
  return {extractor(), cache_ ? &*cache_ : nullptr, with_logits};
}

std::string Sides::extractor_name() {
  const auto& reading = options_.reading;
  if (!reading.resizes()) return extractor().name();
  return fmt::format("{} after {}×{} by {}", extractor().name(), reading.height, reading.width,
                     data::name_of(reading.mode));
}

Side Sides::images_side(SetFeatures set) {
  auto& [features, logits] = set.extracted;
  const auto count = features.size(0), dims = features.size(1);
  Side side{.name = std::move(set.name),
            .extractor = extractor_name(),
            .count = count,
            .dims = dims,
            .features = std::move(features),
            .logits = std::move(logits),
            .labels = std::move(set.labels),
            .classes = std::move(set.classes),
            .left_out = std::move(set.left_out)};
  if (options_.reading.resizes()) {
    side.resized = options_.reading;
  } else if (const auto size = extractor().size()) {
    side.resized = {.height = size->first, .width = size->second, .mode = extractor().resize_mode()};
  }
  return side;
}

Side Sides::load(const std::string& spec, std::uint64_t number, bool with_logits) {
  if (is_statistics(spec))
    return options_.features.empty() ? load_statistics(spec)
                                     : load_statistics(spec, [this] { return extractor_name(); });
  const auto seed = options_.seed + number;
  if (is_run(spec)) return sampled(spec, seed, with_logits);
  const auto data = data::Spec(spec).with(options_.reading);
  if (data.points() || is_table(data)) return table_side(load_side(spec, options_.n, seed));
  return read(data, seed, with_logits);
}

Side Sides::sampled(const std::string& run, std::uint64_t seed, bool with_logits) {
  auto set = load_side(run, options_.n, seed, options_.checkpoint);
  set.name = fmt::format("{} ({}, seed {})", run, options_.checkpoint, seed);
  if (set.shape.points()) return table_side(set);
  const auto& reading = options_.reading;
  if (reading.resizes())
    set.values = models::resized(set.values, reading.height, reading.width, reading.mode);
  return images_side({.name = set.name, .extracted = extraction(with_logits).of(set.values, set.name)});
}

Side Sides::read(const data::Spec& data, std::uint64_t seed, bool with_logits) {
  auto reading = options_.reading;
  // Pictures of many sizes become those of one, as the extractor would make each.
  if (!reading.resizes() && data.kind() == data::SpecKind::image_folder)
    if (const auto size = extractor().size()) {
      std::tie(reading.height, reading.width) = *size;
      reading.mode = extractor().resize_mode();
    }
  auto set = extraction(with_logits).of(data.with(reading), options_.n, seed);
  if (set.extracted.features.size(0) < 2)
    throw fail("{}: expected at least 2 samples to compare, found 1", set.name);
  return images_side(std::move(set));
}

std::string text(const Side& side) {
  if (side.count == 0) return "an unknown number of " + side.name;
  return fmt::format("{} of {}", report::Cell(side.count).text, side.name);
}

at::Tensor for_pairs(const Side& side, std::uint64_t seed) {
  if (side.count <= most_for_pairs) return side.features;
  const auto order = metrics::content_order(side.features, seed, "pairs");
  return side.features.index_select(0, order.narrow(0, 0, most_for_pairs));
}

std::string note_of_choice(const std::string& before, const Side& real, const Side& fake) {
  std::vector<std::string> larger;
  for (const auto* side : {&real, &fake})
    if (side->count > most_for_pairs) larger.push_back(text(*side));
  if (larger.empty()) return "";
  return fmt::format("{}measured on a random {} of the {}", before, report::Cell(most_for_pairs).text,
                     fmt::join(larger, " and of the "));
}

void expect_features(const char* metric, const Side& side) {
  if (!side.features.defined())
    throw usage("{} takes features one by one, {} holds only their mean and covariance: name the images",
                metric, side.name);
}

void expect_comparable(const Side& real, const Side& fake) {
  if (real.extractor != fake.extractor)
    throw fail(
        "features of {} are those of {}, of {} those of {}: values of different extractors are in different "
        "units{}",
        real.name, real.extractor, fake.name, fake.extractor,
        unstated(real) || unstated(fake) ? "; --features says whose a .npz's are" : "");
  if (real.dims != fake.dims)
    throw fail("{} has features of {} dimensions, {} of {}", real.name, real.dims, fake.name, fake.dims);
}

}  // namespace pushforward::evaluation
