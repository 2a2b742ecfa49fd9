#include "pushforward/evaluation/evaluation.h"

#include <functional>
#include <limits>
#include <tuple>

#include "pushforward/checkpoint/safetensors.h"
#include "pushforward/core/error.h"
#include "pushforward/evaluation/distances.h"
#include "pushforward/evaluation/sample_source.h"
#include "pushforward/metrics/features.h"
#include "pushforward/metrics/fid.h"
#include "pushforward/metrics/inception_score.h"
#include "pushforward/metrics/precision_recall.h"
#include "pushforward/models/image_size.h"
#include "pushforward/report/plot.h"

namespace pushforward::evaluation {
namespace {

constexpr const char* values_name = "values";
constexpr const char *extractor_key = "pushforward.extractor", *count_key = "pushforward.count",
                     *name_key = "pushforward.data";

Side load_statistics(const std::string& path) {
  const auto file = checkpoint::load(path);
  const auto *mean = file.find("mean"), *covariance = file.find("covariance");
  const auto extractor = file.metadata.find(extractor_key), count = file.metadata.find(count_key);
  if (mean == nullptr || covariance == nullptr || extractor == file.metadata.end() ||
      count == file.metadata.end())
    throw fail("{}: expected statistics that --save-statistics wrote, found other tensors", path);
  std::int64_t n = 0;
  try {
    n = std::stoll(count->second);
  } catch (const std::exception&) {
    throw fail("{}: expected a count of samples, found {}", path, count->second);
  }
  const auto name = file.metadata.find(name_key);
  return {.name = name == file.metadata.end() ? path : fmt::format("{} ({})", path, name->second),
          .extractor = extractor->second,
          .count = n,
          .dims = mean->numel(),
          .statistics = metrics::GaussianStatistics::from(n, *mean, *covariance)};
}

/// "10,000 of fashion-mnist:test"
std::string text(const Side& side) {
  return fmt::format("{} of {}", report::Cell(side.count).text, side.name);
}

/// Those of the values, then the evaluation's own.
std::vector<std::string> notes_of(const Evaluation& evaluation) {
  std::vector<std::string> notes;
  for (const auto& measured : evaluation.values)
    if (!measured.note.empty()) notes.push_back(measured.note);
  notes.insert(notes.end(), evaluation.notes.begin(), evaluation.notes.end());
  for (const auto& side : evaluation.sides)
    if (side.features.defined() && metrics::all_equal(side.features))
      notes.push_back(fmt::format("the {} samples of {} all have the same features", side.count, side.name));
  return notes;
}

}  // namespace

bool is_statistics(const std::string& spec) {
  return spec.ends_with(".safetensors");
}

Side Sides::load(const std::string& spec, std::uint64_t number, bool with_logits) {
  if (is_statistics(spec)) return load_statistics(spec);
  const auto seed = options_.seed + number;
  const bool run = is_run(spec);
  auto reading = options_.reading;
  const bool stated = reading.resizes();
  const auto extractor = [&]() -> Extractor& {
    if (!extractor_)
      extractor_ = open_extractor(options_.features, options_.convention,
                                  stated ? data::ResizeMode::pillow_bilinear : reading.mode);
    return *extractor_;
  };
  // Pictures of many sizes become those of one, as the extractor would make each.
  if (!run && !stated && data::Spec(spec).kind() == data::SpecKind::image_folder)
    if (const auto size = extractor().size()) {
      std::tie(reading.height, reading.width) = *size;
      reading.mode = extractor().resize_mode();
    }
  auto set = load_side(spec, options_.n, seed, options_.checkpoint, reading);
  Side side{.name = run ? fmt::format("{} ({}, seed {})", spec, options_.checkpoint, seed) : set.name,
            .extractor = values_name,
            .count = set.values.size(0)};
  if (set.shape.points()) {
    side.features = set.values;
  } else {
    if (stated && run) set.values = models::resized(set.values, reading.height, reading.width, reading.mode);
    auto extracted = extractor().extract(set.values, side.name, with_logits);
    side.extractor = extractor().name();
    if (stated)
      side.extractor +=
          fmt::format(" after {}×{} by {}", reading.height, reading.width, data::name_of(reading.mode));
    side.features = std::move(extracted.features);
    side.logits = std::move(extracted.logits);
  }
  side.dims = side.features.size(1);
  side.labels = std::move(set.labels);
  side.classes = std::move(set.classes);
  return side;
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
        "units",
        real.name, real.extractor, fake.name, fake.extractor);
  if (real.dims != fake.dims)
    throw fail("{} has features of {} dimensions, {} of {}", real.name, real.dims, fake.name, fake.dims);
}

void save_statistics(const std::filesystem::path& path, const Side& side) {
  if (!is_statistics(path.string()))
    throw usage("{}: expected a file ending in .safetensors to save statistics in", path.string());
  const auto statistics = side.statistics ? *side.statistics : metrics::GaussianStatistics::of(side.features);
  checkpoint::save(path, {{"mean", statistics.mean()}, {"covariance", statistics.covariance()}},
                   {{extractor_key, side.extractor},
                    {count_key, std::to_string(statistics.count())},
                    {name_key, side.name}});
}

Measured measure_fid(const Side& real, const Side& fake) {
  Measured measured{.key = "fid", .name = "FID", .value = {}, .better = "lower"};
  if (real.features.defined() && fake.features.defined()) {
    measured.value = metrics::fid(real.features, fake.features);
  } else if (fake.features.defined()) {
    measured.value = metrics::fid(*real.statistics, fake.features);
  } else if (real.features.defined()) {
    measured.value = metrics::fid(*fake.statistics, real.features);
  } else {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    measured.value = {metrics::frechet_distance(*real.statistics, *fake.statistics), none, none};
  }
  if (const auto fewest = std::min(real.count, fake.count); fewest <= real.dims)
    measured.note = fmt::format(
        "FID of {} samples in {} dimensions says little: their covariance is singular, and the bias is "
        "large; "
        "take more samples than dimensions, by far",
        fewest, real.dims);
  return measured;
}

Measured measure_fid_infinity(const Side& real, const Side& fake, std::uint64_t seed) {
  expect_features("FID∞", fake);
  const metrics::FidInfinityOptions options{.seed = seed};
  const auto found = real.features.defined()
                         ? metrics::fid_infinity(real.features, fake.features, options)
                         : metrics::fid_infinity(*real.statistics, fake.features, options);
  return {.key = "fid_infinity", .name = "FID∞", .value = found.value, .better = "lower"};
}

Measured measure_kid(const Side& real, const Side& fake, const metrics::KidOptions& options) {
  for (const auto* side : {&real, &fake}) expect_features("KID", *side);
  return {.key = "kid",
          .name = "KID",
          .value = metrics::kid(real.features, fake.features, options),
          .decimals = 5,
          .better = "lower"};
}

std::vector<Measured> measure_prdc(const Side& real, const Side& fake, std::int64_t k) {
  for (const auto* side : {&real, &fake}) {
    expect_features("precision and recall", *side);
    if (side->count <= k)
      throw usage("-k {}: expected fewer than the samples of either side, {} has {}", k, side->name,
                  side->count);
  }
  const auto found = metrics::prdc(real.features, fake.features, k);
  const auto note = fmt::format(
      "precision is the share of {0} inside balls of {1}, recall that of {1} inside balls of {0}; density "
      "counts the balls of {1} around {0}, coverage the balls of {1} that hold any of {0}",
      fake.name, real.name);
  return {{.key = "precision", .name = "precision", .value = found.precision, .note = note},
          {.key = "recall", .name = "recall", .value = found.recall},
          {.key = "density", .name = "density", .value = found.density},
          {.key = "coverage", .name = "coverage", .value = found.coverage}};
}

Measured measure_inception_score(const Side& side, std::int64_t splits) {
  if (!side.logits.defined())
    throw usage("the Inception Score takes class probabilities, {} gives none of {}", side.extractor,
                side.name);
  if (side.count < 2 * splits)
    throw usage("--splits {}: expected two samples to each at least, {} has {}", splits, side.name,
                side.count);
  return {.key = "inception_score",
          .name = "Inception Score",
          .value = metrics::inception_score(side.logits, splits)};
}

report::Figure fid_curve(const Side& real, const Side& fake, std::uint64_t seed) {
  for (const auto* side : {&real, &fake}) expect_features("the curve", *side);
  const auto sizes = metrics::curve_sizes(std::min(real.count, fake.count));
  const auto limit = measure_fid_infinity(real, fake, seed).value;
  report::Series curve{.name = "N against N", .x = {}, .y = {}};
  for (const auto& [samples, fid] : metrics::fid_curve(real.features, fake.features, sizes, seed)) {
    curve.x.push_back(static_cast<double>(samples));
    curve.y.push_back(fid);
  }
  const std::vector<double> ends{curve.x.front(), curve.x.back()};
  report::Series level{
      .name = fmt::format("FID∞ {:.3f}", limit.value), .x = ends, .y = {limit.value, limit.value}};
  level.low = {limit.low, limit.low};
  level.high = {limit.high, limit.high};
  report::CurvePlot plot{.title = "FID by the number of samples",
                         .x_label = "samples of either side",
                         .y_label = "FID",
                         .series = {std::move(curve), std::move(level)}};
  plot.log_x = true;
  plot.note = fmt::format("lower is better; band: 95 % interval; {} against {}; features: {}", fake.name,
                          real.name, fake.extractor);
  return report::draw(plot);
}

Evaluation evaluate(const Side& real, const Side& fake, std::uint64_t seed) {
  Evaluation found{.sides = {real, fake}, .values = {measure_fid(real, fake)}, .seed = seed};
  const auto attempt = [&found](const char* name, const std::function<std::vector<Measured>()>& measure) {
    try {
      for (auto& measured : measure()) found.values.push_back(std::move(measured));
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      found.notes.push_back(fmt::format("no {}: {}", name, error.what()));
    }
  };
  using Values = std::vector<Measured>;
  attempt("FID∞", [&] { return Values{measure_fid_infinity(real, fake, seed)}; });
  attempt("KID", [&] { return Values{measure_kid(real, fake, {.seed = seed})}; });
  attempt("MIND", [&] { return Values{measure_mind(real, fake, seed)}; });
  if (has_cmmd(real, fake)) attempt("CMMD", [&] { return Values{measure_cmmd(real, fake)}; });
  attempt("precision and recall", [&] { return measure_prdc(real, fake, 5); });
  attempt("Inception Score", [&] { return Values{measure_inception_score(fake, 10)}; });
  return found;
}

Json interval_json(const metrics::Interval& value) {
  return {{"value", finite_or_null(value.value)},
          {"low95", finite_or_null(value.low)},
          {"high95", finite_or_null(value.high)}};
}

report::Table to_table(const Evaluation& evaluation) {
  const bool pair = evaluation.sides.size() == 2;
  const auto& last = evaluation.sides.back();
  report::Table table{
      .title = pair ? fmt::format("{} against {}", last.name, evaluation.sides.front().name) : last.name,
      .columns = {{.name = "", .align = report::Align::kLeft},
                  {"value"},
                  {"95 % interval"},
                  {.name = "better", .align = report::Align::kLeft}}};
  for (const auto& [key, name, value, decimals, better, note] : evaluation.values)
    table.rows.push_back({name,
                          {value.value, decimals},
                          std::isnan(value.low) ? report::Cell()
                                                : report::Cell(fmt::format("{:.{}f} to {:.{}f}", value.low,
                                                                           decimals, value.high, decimals)),
                          better});
  table.notes.push_back(pair ? fmt::format("real: {}; fake: {}", text(evaluation.sides.front()), text(last))
                             : text(last));
  if (evaluation.train) table.notes.back() += "; train: " + text(*evaluation.train);
  table.notes.push_back(
      fmt::format("features: {}, {} dimensions; seed {}", last.extractor, last.dims, evaluation.seed));
  const auto notes = notes_of(evaluation);
  table.notes.insert(table.notes.end(), notes.begin(), notes.end());
  return table;
}

Json to_json(const Evaluation& evaluation) {
  Json document = Json::object();
  for (std::size_t i = 0; i < evaluation.sides.size(); ++i) {
    const auto& side = evaluation.sides[i];
    document[i + 1 == evaluation.sides.size() ? "fake" : "real"] = {{"name", side.name}, {"n", side.count}};
  }
  if (evaluation.train)
    document["train"] = {{"name", evaluation.train->name}, {"n", evaluation.train->count}};
  const auto& last = evaluation.sides.back();
  document["extractor"] = last.extractor;
  document["dims"] = last.dims;
  document["seed"] = evaluation.seed;
  for (const auto& measured : evaluation.values)
    document["values"][measured.key] = interval_json(measured.value);
  if (const auto notes = notes_of(evaluation); !notes.empty()) document["notes"] = notes;
  return document;
}

}  // namespace pushforward::evaluation
