#include "pushforward/detection/ood_study.h"

#include <algorithm>
#include <limits>

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/core/progress.h"
#include "pushforward/core/stopwatch.h"
#include "pushforward/core/text.h"
#include "pushforward/data/npy.h"
#include "pushforward/detection/unseen.h"
#include "pushforward/metrics/likelihood.h"
#include "pushforward/ood/detector.h"

namespace pushforward::detection {
namespace {

/// What detectors are fitted on. A test split that is to be scored is not among it.
Selection reference_of(const models::Run& run, const models::Examples& in) {
  auto [trained, held_out] = divide(run);
  const auto source = held_out.set.spec.source();
  const bool scored = source != trained.set.spec.source() && source == in.spec.source();
  return held_out.rows.empty() || scored ? all_of(trained.set) : std::move(held_out);
}

std::string words_of(const Selection& reference, const std::vector<Part>& parts) {
  auto text = fmt::format("{} of {}", reference.rows.size(), reference.set.name);
  if (const auto names = trained_on(reference, parts); !names.empty())
    text += fmt::format(", some of them seen in training by {}", fmt::join(names, ", "));
  return text;
}

Json to_json(const metrics::Interval& interval) {
  return {{"value", interval.value}, {"low95", interval.low}, {"high95", interval.high}};
}

metrics::Interval interval_of(const Json& json) {
  return {json.at("value"), json.at("low95"), json.at("high95")};
}

Json to_json(const Separation& separation) {
  const auto& roc = separation.roc;
  return {{"detector", separation.detector},
          {"out", separation.out},
          {"images_per_second", separation.images_per_second},
          {"n_in", roc.n_in},
          {"n_out", roc.n_out},
          {"auroc", to_json(roc.auroc)},
          {"average_precision", to_json(roc.average_precision)},
          {"fpr_at_95_tpr_out_positive", to_json(roc.fpr_at_95_tpr_out)},
          {"fpr_at_95_tpr_in_positive", to_json(roc.fpr_at_95_tpr_in)}};
}

Separation separation_of(const Json& json) {
  Separation s{.detector = json.at("detector"),
               .out = from_utf8(json.at("out").get<std::string>()),
               .roc = {},
               .images_per_second = json.at("images_per_second")};
  s.roc.n_in = json.at("n_in");
  s.roc.n_out = json.at("n_out");
  s.roc.auroc = interval_of(json.at("auroc"));
  s.roc.average_precision = interval_of(json.at("average_precision"));
  s.roc.fpr_at_95_tpr_out = interval_of(json.at("fpr_at_95_tpr_out_positive"));
  s.roc.fpr_at_95_tpr_in = interval_of(json.at("fpr_at_95_tpr_in_positive"));
  for (const auto& point : json.at("curve")) s.roc.curve.push_back({point.at(0), point.at(1)});
  return s;
}

report::Cell cell(const metrics::Interval& interval) {
  return report::Cell::interval(interval.value, interval.half_width95(), 3);
}

std::vector<std::string> detectors_of(const OodStudy& study) {
  std::vector<std::string> names;
  for (const auto& s : study.separations)
    if (names.empty() || names.back() != s.detector) names.push_back(s.detector);
  return names;
}

std::filesystem::path folder_of(const train::RunFolder& run) {
  return run.path() / "ood";
}

struct Fitted {
  std::string name;
  std::unique_ptr<ood::Detector> detector;
};

/// Those asked for; of "all" those for which the model and the images suffice, with what the others lack in
/// `left_out`.
std::vector<Fitted> fit(const std::vector<std::string>& names, const ood::Outputs& model,
                        const at::Tensor& reference, std::vector<std::string>& left_out) {
  std::vector<Fitted> chosen;
  if (names != std::vector<std::string>{"all"}) {
    for (const auto& name : names) chosen.push_back({name, make_detector(name, model)});
  } else {
    for (const auto& kind : ood::kinds()) {
      auto lack = ood::lack(kind.name, kind.needs, model);
      if (lack.empty()) lack = ood::lack(kind.name, kind.needs, reference);
      if (lack.empty())
        chosen.push_back({kind.name, ood::make_detector(kind, model)});
      else
        left_out.push_back(fmt::format("{} left out: {}", kind.name, lack));
    }
    if (chosen.empty()) throw fail("no detector can be used; {}", fmt::join(left_out, "; "));
  }
  for (const auto& [name, detector] : chosen) detector->fit(reference);
  return chosen;
}

/// What an earlier study left, whose sets and scores may have been others.
void remove_study(const train::RunFolder& run) {
  std::filesystem::remove(folder_of(run) / "study.json");
  const auto remove_all = [](const std::filesystem::path& folder, const char* prefix) {
    std::error_code none;  // no such folder
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, none))
      if (entry.path().filename().string().starts_with(prefix)) files.push_back(entry.path());
    for (const auto& file : files) std::filesystem::remove(file);
  };
  remove_all(folder_of(run), "log_prob_");
  remove_all(run.plots(), "log_likelihood.");
  remove_all(run.plots(), "roc_");
}

/// Images a second, by the clock, of images it has not seen before.
double images_per_second(const ood::Detector& detector, const at::Tensor& images) {
  const auto fresh = images.slice(0, 0, 1000).clone();
  const Stopwatch watch;
  detector.score(fresh);
  return static_cast<double>(fresh.size(0)) / watch.seconds();
}

}  // namespace

OodStudy ood_study(const models::Run& run, const Companions& companions, const std::string& in,
                   const std::vector<std::string>& out, const std::vector<std::string>& detectors,
                   std::int64_t most) {
  if (out.empty()) throw usage("no foreign set to compare {} with: name some with --out-of", in);
  const auto parts = parts_of(run, companions);
  const auto model = ood_outputs(parts);
  const auto some = [&](const std::string& name) {
    auto set = run.examples(name);
    return most > 0 ? models::first(std::move(set), most) : set;
  };
  const auto familiar = some(in);
  std::vector<at::Tensor> images{familiar.values};
  for (const auto& name : out) images.push_back(some(name).values);

  OodStudy study{.in = {}, .out = {}, .separations = {}};
  if (run.model.density) study.likelihood = run.model.density->likelihood;
  const auto reference = reference_of(run, familiar);
  study.fitted_on = words_of(reference, parts);
  const auto fitted = fit(detectors, model, reference.chosen().values, study.left_out);
  const auto scored = [&](const std::string& name, const at::Tensor& set) {
    return ScoredSet{name, set.size(0), model.log_prob ? model.log_prob(set) : std::vector<double>{}};
  };
  study.in = scored(in, images.front());
  for (std::size_t i = 0; i < out.size(); ++i) study.out.push_back(scored(out[i], images[i + 1]));
  for (const auto& [name, detector] : fitted) {
    const auto in_scores = detector->score(images.front());
    const double rate = images_per_second(*detector, images.front());
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto out_scores = detector->score(images[i + 1]);
      if (in_scores.empty() || out_scores.empty())
        study.left_out.push_back(fmt::format("{} left out for {}: it scores {} images at a time", name,
                                             out[i], detector->images_per_score()));
      else
        study.separations.push_back({name, out[i], metrics::roc(in_scores, out_scores), rate});
    }
  }
  return study;
}

std::vector<GroupMeans> group_means(const OodStudy& study) {
  if (study.near == 0 || study.near >= study.out.size()) return {};
  std::vector<GroupMeans> all;
  for (const auto& name : detectors_of(study)) {
    const auto mean = [&](std::size_t begin, std::size_t end, metrics::Interval metrics::Roc::*value) {
      double sum = 0;
      std::size_t found = 0;
      for (const auto& s : study.separations)
        for (auto i = begin; i < end; ++i)
          if (s.detector == name && s.out == study.out[i].name) {
            sum += (s.roc.*value).value;
            ++found;
          }
      return found == end - begin ? sum / static_cast<double>(found)
                                  : std::numeric_limits<double>::quiet_NaN();
    };
    const auto near = study.near, sets = study.out.size();
    all.push_back({.detector = name,
                   .near_auroc = mean(0, near, &metrics::Roc::auroc),
                   .far_auroc = mean(near, sets, &metrics::Roc::auroc),
                   .near_fpr = mean(0, near, &metrics::Roc::fpr_at_95_tpr_in),
                   .far_fpr = mean(near, sets, &metrics::Roc::fpr_at_95_tpr_in)});
  }
  return all;
}

report::Table likelihood_table(const OodStudy& study) {
  const bool dequantized = study.likelihood->dequantized;
  report::Table table{.title = "Log-likelihood",
                      .columns = {{.name = "images", .align = report::Align::kLeft},
                                  {"n"},
                                  {"mean", "nats"},
                                  {"median", "nats"},
                                  {"sd", "nats"},
                                  {"min", "nats"},
                                  {"max", "nats"}}};
  if (dequantized) table.columns.push_back({"bits/dim"});
  const auto add = [&](const ScoredSet& set) {
    const auto s = metrics::summarize(set.log_prob);
    const auto mean = metrics::mean_interval(set.log_prob);
    std::vector<report::Cell> row{
        set.name,      s.count,   report::Cell::interval(s.mean, mean.half_width95(), 1),
        {s.median, 1}, {s.sd, 1}, {s.min, 1},
        {s.max, 1}};
    if (dequantized) row.emplace_back(metrics::bits_per_dim(s.mean, study.likelihood->dims), 3);
    if (s.non_finite > 0)
      table.notes.push_back(
          fmt::format("{}: {} of {} log-likelihoods are not finite and are left out of the statistics",
                      set.name, s.non_finite, s.count));
    table.rows.push_back(std::move(row));
  };
  add(study.in);
  for (const auto& set : study.out) add(set);
  table.notes.insert(table.notes.begin(), "mean ± half of its 95 % interval");
  if (!dequantized) table.notes.push_back(study.likelihood->reason());
  return table;
}

report::Table separation_table(const OodStudy& study) {
  report::Table table{
      .title = fmt::format("Out-of-distribution detection, in-distribution {}", study.in.name),
      .columns = {{.name = "score", .align = report::Align::kLeft},
                  {.name = "foreign images", .align = report::Align::kLeft},
                  {"n in"},
                  {"n out"},
                  {"AUROC"},
                  {"average precision"},
                  {"FPR@95TPR, out positive"},
                  {"FPR@95TPR, in positive"},
                  {"cost", "images/s"}}};
  for (const auto& s : study.separations)
    table.rows.push_back({s.detector,
                          s.out,
                          s.roc.n_in,
                          s.roc.n_out,
                          cell(s.roc.auroc),
                          cell(s.roc.average_precision),
                          cell(s.roc.fpr_at_95_tpr_out),
                          cell(s.roc.fpr_at_95_tpr_in),
                          {s.images_per_second, 0}});
  for (const auto& mean : group_means(study))
    for (const bool near : {true, false})
      table.rows.push_back({mean.detector,
                            near ? "near, mean" : "far, mean",
                            {},
                            {},
                            {near ? mean.near_auroc : mean.far_auroc, 3},
                            {},
                            {},
                            {near ? mean.near_fpr : mean.far_fpr, 3},
                            {}});
  table.notes = {
      "foreign images are the positive class of AUROC and average precision; ties count ½; ± is half of the "
      "95 % interval",
      "FPR@95TPR, out positive: share of in-distribution images flagged when 95 % of the foreign ones are "
      "caught",
      "FPR@95TPR, in positive: share of foreign images passed when 95 % of the in-distribution ones are kept",
      "an AUROC below 0.5 is a detector that prefers the foreign images",
      "fitted on " + study.fitted_on,
      "cost is that of scoring, features and likelihoods included; n counts scores, of typicality-10 one for "
      "10 images"};
  table.notes.insert(table.notes.end(), study.left_out.begin(), study.left_out.end());
  return table;
}

report::Table best_table(const OodStudy& study) {
  struct Row {
    std::string detector;
    std::vector<double> auroc;  // by set
  };
  std::vector<Row> best;
  std::optional<Row> likelihood;
  for (const auto& name : detectors_of(study)) {
    Row row{.detector = name, .auroc = {}};
    for (const auto& s : study.separations)
      if (s.detector == name) row.auroc.push_back(s.roc.auroc.value);
    if (row.auroc.size() < study.out.size()) continue;  // left out for a set
    if (name == "likelihood")
      likelihood = std::move(row);
    else
      best.push_back(std::move(row));
  }
  std::ranges::stable_sort(best, std::ranges::greater{},
                           [](const Row& row) { return std::ranges::min(row.auroc); });
  best.resize(std::min<std::size_t>(best.size(), 3));
  if (likelihood) best.insert(best.begin(), *likelihood);

  report::Table table{.title = fmt::format("AUROC, {} against", study.in.name),
                      .columns = {{.name = "score", .align = report::Align::kLeft}}};
  for (const auto& set : study.out)  // "+invert" for a perturbation of the familiar images
    table.columns.push_back(
        {set.name.starts_with(study.in.name + "+") ? set.name.substr(study.in.name.size()) : set.name});
  const auto means = group_means(study);
  if (!means.empty()) table.columns.insert(table.columns.end(), {{"near, mean"}, {"far, mean"}});
  for (const auto& row : best) {
    std::vector<report::Cell> cells{row.detector};
    for (const double auroc : row.auroc) cells.emplace_back(auroc, 3);
    for (const auto& mean : means)
      if (mean.detector == row.detector) {
        cells.emplace_back(mean.near_auroc, 3);
        cells.emplace_back(mean.far_auroc, 3);
      }
    table.rows.push_back(std::move(cells));
  }
  table.notes = {
      "1: told apart always, 0.5: by chance, below: the detector prefers the foreign images",
      fmt::format(
          "{} of {} detectors: likelihood, and those with the highest AUROC on the set they tell worst",
          best.size(), detectors_of(study).size()),
      "every detector, with intervals and cost: --full, or `pushforward report`"};
  return table;
}

report::HistogramPlot histogram(const OodStudy& study) {
  report::HistogramPlot plot{
      .title = "Log-likelihood by image set", .x_label = "log p(x) (nats)", .samples = {}};
  plot.samples.push_back({study.in.name, study.in.log_prob});
  for (const auto& set : study.out) plot.samples.push_back({set.name, set.log_prob});
  return plot;
}

report::RocPlot roc_plot(const OodStudy& study, const std::string& detector) {
  report::RocPlot plot{.title = "ROC of " + detector, .curves = {}};
  plot.note =
      fmt::format("positive: the foreign set; negative: {}; ± is half of the 95 % interval", study.in.name);
  for (const auto& s : study.separations) {
    if (s.detector != detector) continue;
    report::RocCurve curve{.name = s.out,
                           .false_positive_rate = {},
                           .true_positive_rate = {},
                           .auroc = s.roc.auroc.value,
                           .half_width95 = s.roc.auroc.half_width95()};
    for (const auto& point : metrics::decimate(s.roc.curve)) {
      curve.false_positive_rate.push_back(point.fpr);
      curve.true_positive_rate.push_back(point.tpr);
    }
    plot.curves.push_back(std::move(curve));
  }
  return plot;
}

Json to_json(const OodStudy& study) {
  const auto set = [&](const ScoredSet& scored) {
    Json json{{"name", scored.name}, {"n", scored.count}};
    if (!study.likelihood) return json;
    const auto s = metrics::summarize(scored.log_prob);
    json["non_finite"] = s.non_finite;
    json["mean"] = finite_or_null(s.mean);
    json["standard_error"] = finite_or_null(s.standard_error);
    json["sd"] = finite_or_null(s.sd);
    json["median"] = finite_or_null(s.median);
    if (study.likelihood->dequantized)
      json["bits_per_dim"] = metrics::bits_per_dim(s.mean, study.likelihood->dims);
    return json;
  };
  Json json{{"in", set(study.in)}, {"fitted_on", study.fitted_on}};
  if (const auto& likelihood = study.likelihood)
    json["likelihood"] = {
        {"of", likelihood->of}, {"dims", likelihood->dims}, {"dequantized", likelihood->dequantized}};
  json["out"] = Json::array();
  for (const auto& scored : study.out) json["out"].push_back(set(scored));
  if (study.near > 0) {
    json["near"] = study.near;
    json["means"] = Json::array();
    for (const auto& mean : group_means(study))
      json["means"].push_back({{"detector", mean.detector},
                               {"near_auroc", finite_or_null(mean.near_auroc)},
                               {"far_auroc", finite_or_null(mean.far_auroc)},
                               {"near_fpr_at_95_tpr", finite_or_null(mean.near_fpr)},
                               {"far_fpr_at_95_tpr", finite_or_null(mean.far_fpr)}});
  }
  json["separations"] = Json::array();
  for (const auto& s : study.separations) json["separations"].push_back(to_json(s));
  json["left_out"] = study.left_out;
  return json;
}

void save(const OodStudy& study, const train::RunFolder& run) {
  const auto folder = folder_of(run);
  make_folder(folder);
  remove_study(run);
  auto json = to_json(study);
  for (std::size_t i = 0; i < study.separations.size(); ++i) {
    auto& curve = json["separations"][i]["curve"] = Json::array();
    for (const auto& point : metrics::decimate(study.separations[i].roc.curve))
      curve.push_back({point.fpr, point.tpr});
  }
  const auto keep = [&](const ScoredSet& set, Json& entry, std::size_t index) {
    const auto file = fmt::format("log_prob_{}.npy", index);
    entry["file"] = file;
    data::write_npy(folder / file, data::NpyArray::of<double>({std::ssize(set.log_prob)}, set.log_prob));
  };
  if (study.likelihood) {
    keep(study.in, json["in"], 0);
    for (std::size_t i = 0; i < study.out.size(); ++i) keep(study.out[i], json["out"][i], i + 1);
  }
  write_file(folder / "study.json", to_text(json, 2) + "\n");
  try {
    if (study.likelihood) report::draw(histogram(study)).save(run.plots() / "log_likelihood.png");
    for (const auto& detector : detectors_of(study))
      report::draw(roc_plot(study, detector)).save(run.plots() / fmt::format("roc_{}.png", detector));
  } catch (const Error& error) {
    say("no plots: {}", error.what());
  }
}

std::optional<OodStudy> load_ood_study(const train::RunFolder& run) {
  const auto path = folder_of(run) / "study.json";
  if (!std::filesystem::exists(path)) return std::nullopt;
  try {
    const auto json = Json::parse(read_file(path));
    OodStudy study{.in = {}, .out = {}, .separations = {}, .left_out = json.at("left_out")};
    study.near = json.value("near", std::size_t{0});
    study.fitted_on = json.value("fitted_on", "in-distribution images alone");  // of an earlier version
    if (const auto found = json.find("likelihood"); found != json.end())
      study.likelihood = models::Likelihood{
          .of = found->at("of"), .dims = found->at("dims"), .dequantized = found->at("dequantized")};
    const auto set = [&](const Json& entry) {
      ScoredSet scored{.name = from_utf8(entry.at("name").get<std::string>()), .count = entry.at("n")};
      if (!study.likelihood) return scored;
      const auto file =
          folder_of(run) / std::filesystem::path(entry.at("file").get<std::string>()).filename();
      scored.log_prob = data::read_npy(file).values<double>();
      return scored;
    };
    study.in = set(json.at("in"));
    for (const auto& entry : json.at("out")) study.out.push_back(set(entry));
    for (const auto& entry : json.at("separations")) study.separations.push_back(separation_of(entry));
    return study;
  } catch (const Json::exception& error) {
    throw fail("{}: damaged ({}); run `pushforward ood` again", path.string(), error.what());
  }
}

}  // namespace pushforward::detection
