#include "pushforward/evaluation/evaluation.h"

#include <functional>
#include <limits>

#include "pushforward/core/error.h"
#include "pushforward/data/describe.h"
#include "pushforward/evaluation/distances.h"
#include "pushforward/metrics/features.h"
#include "pushforward/metrics/fid.h"
#include "pushforward/metrics/fid_infinity.h"
#include "pushforward/metrics/inception_score.h"
#include "pushforward/metrics/precision_recall.h"
#include "pushforward/report/plot.h"

namespace pushforward::evaluation {
namespace {

/// Those of the values, then the evaluation's own.
std::vector<std::string> notes_of(const Evaluation& evaluation) {
  std::vector<std::string> notes;
  for (const auto& measured : evaluation.values)
    if (!measured.note.empty()) notes.push_back(measured.note);
  notes.insert(notes.end(), evaluation.notes.begin(), evaluation.notes.end());
  for (const auto& side : evaluation.sides)
    if (!side.left_out.empty())
      notes.push_back(fmt::format("files left out of {}: {}", side.name, side.left_out.size()));
  for (const auto& side : evaluation.sides)
    if (side.features.defined() && metrics::all_equal(side.features))
      notes.push_back(fmt::format("the {} samples of {} all have the same features", side.count, side.name));
  return notes;
}

}  // namespace

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
  const auto least = std::min(real.count, fake.count), most = std::max(real.count, fake.count);
  if (const auto fewest = least > 0 ? least : most; fewest > 0 && fewest <= real.dims)
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

std::vector<Measured> measure_prdc(const Side& real, const Side& fake, std::int64_t k, std::uint64_t seed) {
  for (const auto* side : {&real, &fake}) {
    expect_features("precision and recall", *side);
    if (side->count <= k)
      throw usage("-k {}: expected fewer than the samples of either side, {} has {}", k, side->name,
                  side->count);
  }
  const auto found = metrics::prdc(for_pairs(real, seed), for_pairs(fake, seed), k);
  const auto note = fmt::format(
                        "precision is the share of {0} inside balls of {1}, recall that of {1} inside balls "
                        "of {0}; density "
                        "counts the balls of {1} around {0}, coverage the balls of {1} that hold any of {0}",
                        fake.name, real.name) +
                    note_of_choice("; ", real, fake);
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
  if (has_cmmd(real, fake)) attempt("CMMD", [&] { return Values{measure_cmmd(real, fake, seed)}; });
  attempt("precision and recall", [&] { return measure_prdc(real, fake, 5, seed); });
  attempt("Inception Score", [&] { return Values{measure_inception_score(fake, 10)}; });
  return found;
}

Json count_json(const Side& side) {
  return side.count > 0 ? Json(side.count) : Json();
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
  if (const auto& resized = last.resized)
    table.notes.push_back(fmt::format("images of another size become {}×{} by {}", resized->height,
                                      resized->width, data::name_of(resized->mode)));
  const auto notes = notes_of(evaluation);
  table.notes.insert(table.notes.end(), notes.begin(), notes.end());
  return table;
}

Json side_json(const Side& side) {
  return {{"name", side.name}, {"n", count_json(side)}, {"left_out", data::to_json(side.left_out)}};
}

Json to_json(const Evaluation& evaluation) {
  Json document = Json::object();
  for (std::size_t i = 0; i < evaluation.sides.size(); ++i) {
    const auto& side = evaluation.sides[i];
    document[i + 1 == evaluation.sides.size() ? "fake" : "real"] = side_json(side);
  }
  if (evaluation.train) document["train"] = side_json(*evaluation.train);
  const auto& last = evaluation.sides.back();
  if (const auto& resized = last.resized)
    document["resized"] = {
        {"height", resized->height}, {"width", resized->width}, {"mode", data::name_of(resized->mode)}};
  document["extractor"] = last.extractor;
  document["dims"] = last.dims;
  document["seed"] = evaluation.seed;
  for (const auto& measured : evaluation.values)
    document["values"][measured.key] = interval_json(measured.value);
  if (const auto notes = notes_of(evaluation); !notes.empty()) document["notes"] = notes;
  return document;
}

}  // namespace pushforward::evaluation
