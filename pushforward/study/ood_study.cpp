#include "pushforward/study/ood_study.h"

#include "pushforward/core/error.h"
#include "pushforward/core/file.h"
#include "pushforward/core/progress.h"
#include "pushforward/data/loader.h"
#include "pushforward/data/npy.h"
#include "pushforward/metrics/likelihood.h"
#include "pushforward/ood/detector.h"

namespace pushforward::study {
namespace {

at::Tensor held_out_images(const Run& run) {
  auto config = run.config;
  const auto all = run.load(read_data(config).name);
  const auto [train, held_out] = training_split(config, all.size(0));
  return held_out.empty() ? all : all.index_select(0, at::tensor(held_out));
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
          {"n_in", roc.n_in},
          {"n_out", roc.n_out},
          {"auroc", to_json(roc.auroc)},
          {"average_precision", to_json(roc.average_precision)},
          {"fpr_at_95_tpr_out_positive", to_json(roc.fpr_at_95_tpr_out)},
          {"fpr_at_95_tpr_in_positive", to_json(roc.fpr_at_95_tpr_in)}};
}

Separation separation_of(const Json& json) {
  Separation s{.detector = json.at("detector"), .out = json.at("out"), .roc = {}};
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

}  // namespace

OodStudy ood_study(const Run& run, const std::string& in, const std::vector<std::string>& out,
                   const std::vector<std::string>& detectors) {
  if (out.empty()) throw usage("no foreign set to compare {} with: name some with --out-of", in);
  auto& flow = run.model->flow();
  const auto score = ood::remember([&](const at::Tensor& x) { return log_prob(flow, x); });
  std::vector<std::unique_ptr<ood::Detector>> fitted;
  for (const auto& name : detectors) fitted.push_back(ood::make_detector(name, {.log_prob = score}));

  std::vector<at::Tensor> images{run.load(in)};
  for (const auto& name : out) images.push_back(run.load(name));
  const auto reference = held_out_images(run);

  OodStudy study{.in = {in, score(images.front())},
                 .out = {},
                 .separations = {},
                 .dims = run.shape().dims(),
                 .dequantized = flow.dequantizes()};
  for (std::size_t i = 0; i < out.size(); ++i) study.out.push_back({out[i], score(images[i + 1])});
  for (std::size_t d = 0; d < fitted.size(); ++d) {
    fitted[d]->fit(reference);
    const auto in_scores = fitted[d]->score(images.front());
    for (std::size_t i = 0; i < out.size(); ++i)
      study.separations.push_back(
          {detectors[d], out[i], metrics::roc(in_scores, fitted[d]->score(images[i + 1]))});
  }
  return study;
}

report::Table likelihood_table(const OodStudy& study) {
  report::Table table{.title = "Log-likelihood",
                      .columns = {{.name = "images", .align = report::Align::kLeft},
                                  {"n"},
                                  {"mean", "nats"},
                                  {"median", "nats"},
                                  {"sd", "nats"},
                                  {"min", "nats"},
                                  {"max", "nats"}}};
  if (study.dequantized) table.columns.push_back({"bits/dim"});
  const auto add = [&](const ScoredSet& set) {
    const auto s = metrics::summarize(set.log_prob);
    const auto mean = metrics::mean_interval(set.log_prob);
    std::vector<report::Cell> row{
        set.name,      s.count,   report::Cell::interval(s.mean, mean.half_width95(), 1),
        {s.median, 1}, {s.sd, 1}, {s.min, 1},
        {s.max, 1}};
    if (study.dequantized) row.emplace_back(metrics::bits_per_dim(s.mean, study.dims), 3);
    if (s.non_finite > 0)
      table.notes.push_back(
          fmt::format("{}: {} of {} log-likelihoods are not finite and are left out of the statistics",
                      set.name, s.non_finite, s.count));
    table.rows.push_back(std::move(row));
  };
  add(study.in);
  for (const auto& set : study.out) add(set);
  table.notes.insert(table.notes.begin(), "mean ± half of its 95 % interval");
  if (!study.dequantized)
    table.notes.emplace_back(
        "a density on [0, 1]^D, trained without dequantisation: there are no bits/dim to state");
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
                  {"FPR@95TPR, in positive"}}};
  for (const auto& s : study.separations)
    table.rows.push_back({s.detector, s.out, s.roc.n_in, s.roc.n_out, cell(s.roc.auroc),
                          cell(s.roc.average_precision), cell(s.roc.fpr_at_95_tpr_out),
                          cell(s.roc.fpr_at_95_tpr_in)});
  table.notes = {
      "foreign images are the positive class of AUROC and average precision; ties count ½; ± is half of the "
      "95 % interval",
      "FPR@95TPR, out positive: share of in-distribution images flagged when 95 % of the foreign ones are "
      "caught",
      "FPR@95TPR, in positive: share of foreign images passed when 95 % of the in-distribution ones are kept",
      "an AUROC below 0.5 is a detector that prefers the foreign images"};
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
    const auto s = metrics::summarize(scored.log_prob);
    Json json{{"name", scored.name},
              {"n", s.count},
              {"non_finite", s.non_finite},
              {"mean", finite_or_null(s.mean)},
              {"standard_error", finite_or_null(s.standard_error)},
              {"sd", finite_or_null(s.sd)},
              {"median", finite_or_null(s.median)}};
    if (study.dequantized) json["bits_per_dim"] = metrics::bits_per_dim(s.mean, study.dims);
    return json;
  };
  Json json{{"dims", study.dims}, {"dequantized", study.dequantized}, {"in", set(study.in)}};
  json["out"] = Json::array();
  for (const auto& scored : study.out) json["out"].push_back(set(scored));
  json["separations"] = Json::array();
  for (const auto& s : study.separations) json["separations"].push_back(to_json(s));
  return json;
}

void save(const OodStudy& study, const train::RunFolder& run) {
  const auto folder = folder_of(run);
  make_folder(folder);
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
  keep(study.in, json["in"], 0);
  for (std::size_t i = 0; i < study.out.size(); ++i) keep(study.out[i], json["out"][i], i + 1);
  write_file(folder / "study.json", json.dump(2) + "\n");
  try {
    report::draw(histogram(study)).save(run.plots() / "log_likelihood.png");
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
    const auto set = [&](const Json& entry) {
      const auto file =
          folder_of(run) / std::filesystem::path(entry.at("file").get<std::string>()).filename();
      return ScoredSet{entry.at("name"), data::read_npy(file).values<double>()};
    };
    OodStudy study{.in = set(json.at("in")),
                   .out = {},
                   .separations = {},
                   .dims = json.at("dims"),
                   .dequantized = json.at("dequantized")};
    for (const auto& entry : json.at("out")) study.out.push_back(set(entry));
    for (const auto& entry : json.at("separations")) study.separations.push_back(separation_of(entry));
    return study;
  } catch (const Json::exception& error) {
    throw fail("{}: damaged ({}); run `pushforward ood` again", path.string(), error.what());
  }
}

}  // namespace pushforward::study
