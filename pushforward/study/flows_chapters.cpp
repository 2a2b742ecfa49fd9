// What the document says of flows and of what is foreign to them.
#include <algorithm>
#include <limits>
#include <map>

#include "pushforward/core/random.h"
#include "pushforward/detection/ood_study.h"
#include "pushforward/metrics/likelihood.h"
#include "pushforward/nn/random.h"
#include "pushforward/runs/gallery.h"
#include "pushforward/study/document.h"
#include "pushforward/study/printed.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::study {
namespace {

/// AUROC below which a set counts as one that is confused.
constexpr double well_apart = 0.95;

/// What a flow's training and held-out images had after every epoch, in nats.
struct Progressed {
  std::vector<double> epoch, train, held_out;
};

Progressed progressed(const models::Run& run) {
  Progressed all;
  for (const auto& line : train::read_metrics(run.folder.metrics())) {
    if (!line.contains("held_out")) continue;
    all.epoch.push_back(line.at("epoch"));
    all.train.push_back(line.at("train").at("log_likelihood"));
    all.held_out.push_back(line.at("held_out").at("log_likelihood"));
  }
  return all;
}

report::Image samples(const models::Run& run, std::int64_t n = 64) {
  return runs::grid(
      run.pixels(run.model.sampler->sample(n, {}, nn::generator(stream_key(0, "study samples")))));
}

/// AUROC by detector and set of an OOD study's JSON.
std::map<std::string, std::map<std::string, double>> aurocs(const Json& study) {
  std::map<std::string, std::map<std::string, double>> all;
  for (const auto& one : study.at("separations"))
    all[one.at("detector")][one.at("out")] = one.at("auroc").at("value");
  return all;
}

double least(const std::map<std::string, double>& by_set) {
  double value = std::numeric_limits<double>::infinity();
  for (const auto& [set, auroc] : by_set) value = std::min(value, auroc);
  return value;
}

/// The KMNIST that is here: the whole set, or the sample of it.
std::string kmnist_of(const Json& by_set) {
  return by_set.contains("kmnist:test") ? "kmnist:test" : "kmnist-sample:test";
}

void table_of_likelihoods(Document& document, const Json& found) {
  report::Table table{.title = document("likelihood.table"),
                      .columns = {{.name = document("sets"), .align = report::Align::kLeft},
                                  {"n"},
                                  {document("likelihood.mean"), document("unit")},
                                  {document("likelihood.printed"), document("unit")}}};
  const std::map<std::string, double> said{{"fashion-mnist:test", printed::test},
                                           {"mnist:test", printed::mnist},
                                           {kmnist_of(found), printed::kmnist}};
  for (const auto& [set, one] : found.items()) {
    const auto theirs = said.find(set);
    table.rows.push_back({set, one.at("n").get<std::int64_t>(),
                          report::Cell::interval(one.at("mean"), one.at("half_width95"), 1),
                          theirs == said.end() ? report::Cell() : report::Cell(theirs->second, 1)});
  }
  table.notes.push_back(document("likelihood.note", printed::train));
  document.table(std::move(table));
}

/// AUROC of detectors (rows) against sets (columns), the surest first.
void table_of_detectors(Document& document, const Json& study) {
  auto all = aurocs(study);
  std::vector<std::string> names;
  for (const auto& [name, by_set] : all) names.push_back(name);
  std::ranges::stable_sort(names,
                           [&](const auto& a, const auto& b) { return least(all[a]) > least(all[b]); });
  report::Table table{.title = document("detectors.table"),
                      .columns = {{.name = document("detectors.detector"), .align = report::Align::kLeft}}};
  for (const auto& [set, auroc] : all.at(names.front())) table.columns.push_back({set});
  for (const auto& name : names) {
    std::vector<report::Cell> row{name};
    for (const auto& column : table.columns)
      if (&column != &table.columns.front())
        row.push_back(all[name].contains(column.name) ? report::Cell(all[name][column.name], 3)
                                                      : report::Cell());
    table.rows.push_back(std::move(row));
  }
  table.notes.push_back(document("detectors.note"));
  document.table(std::move(table));
}

}  // namespace

void likelihood_chapter(Document& document) {
  const auto run = document.workshop.open("realnvp");
  const auto found = document.workshop.found("realnvp");
  const auto by_epoch = progressed(run);
  document.prose("likelihood.text");
  document.plot(
      report::CurvePlot{.title = document("likelihood.curve"),
                        .x_label = document("epoch"),
                        .y_label = document("likelihood.mean"),
                        .series = {{document("likelihood.trained"), by_epoch.epoch, by_epoch.train},
                                   {document("likelihood.held_out"), by_epoch.epoch, by_epoch.held_out}}},
      document("likelihood.curve_caption"));
  document.image(samples(run), document("likelihood.samples"));
  table_of_likelihoods(document, found);
  document.prose("likelihood.reading");

  const auto& held_out = by_epoch.held_out;
  const auto last = held_out.size() - 1;
  const bool long_enough = held_out.size() >= 10;
  const auto share = long_enough ? (held_out[4] - held_out[0]) / (held_out[last] - held_out[0]) : 0.0;
  document.claim("gain", long_enough ? std::optional(share > 0.5) : std::nullopt,
                 document("claims.gain_evidence", 100 * share));
  document.claim("generalises",
                 by_epoch.train[last] > held_out[last] && held_out[last] > 0.9 * by_epoch.train[last],
                 document("claims.generalises_evidence", by_epoch.train[last], held_out[last]));
  const auto mean = [&](const std::string& set) { return found.at(set).at("mean").get<double>(); };
  const auto kmnist = kmnist_of(found);
  if (!found.contains("mnist:test") || !found.contains(kmnist)) {
    document.claim("order", std::nullopt, document("claims.set_missing"));
    return;
  }
  const double own = mean("fashion-mnist:test");
  document.claim("order", own > mean("mnist:test") && mean("mnist:test") > mean(kmnist),
                 document("claims.order_evidence", own, mean("mnist:test"), mean(kmnist)));
}

void detectors_chapter(Document& document) {
  const auto found = document.workshop.found("detectors");
  document.prose("detectors.text");
  if (const auto kept = detection::load_ood_study(document.workshop.open("realnvp").folder)) {
    report::HistogramPlot plot{.title = document("detectors.histogram"),
                               .x_label = document("likelihood.nats"),
                               .samples = {{kept->in.name, kept->in.log_prob}}};
    for (const auto& set : kept->out)
      if (plot.samples.size() < 6) plot.samples.push_back({set.name, set.log_prob});
    document.plot(plot, document("detectors.histogram_caption"));
  }
  table_of_detectors(document, found);
  auto all = aurocs(found);
  const double raw = least(all.at("likelihood"));
  document.claim("raw", raw < well_apart, document("claims.raw_evidence", raw, well_apart));
  if (all.contains("combination"))
    document.claim("combining", least(all.at("combination")) > raw,
                   document("claims.combining_evidence", least(all.at("combination")), raw));
  if (all.contains("energy"))
    document.claim("energy", least(all.at("energy")) > raw,
                   document("claims.energy_evidence", least(all.at("energy")), raw));
  document.experiment("likelihood-and-simplicity");
  document.experiment("dequantisation");
  document.experiment("energy");
  document.experiment("remedies");
}

void latent_chapter(Document& document) {
  document.prose("latent.text");
  const auto found = document.workshop.found("latent");
  const auto raw = document.workshop.found("detectors");
  auto of_pixels = aurocs(raw).at("likelihood");
  report::Table table{.title = document("latent.table"),
                      .columns = {{.name = document("latent.space"), .align = report::Align::kLeft}}};
  for (const auto& [set, auroc] : of_pixels) table.columns.push_back({set});
  const auto row = [&](const std::string& name, const std::map<std::string, double>& by_set) {
    std::vector<report::Cell> cells{name};
    for (const auto& [set, auroc] : by_set) cells.emplace_back(auroc, 3);
    table.rows.push_back(std::move(cells));
  };
  row(document("latent.pixels"), of_pixels);
  double best = 0;
  const bool has_mnist = of_pixels.contains("mnist:test");
  for (const auto& one : found) {
    const auto by_set = aurocs(one).at("likelihood");
    row(document("latent.codes", one.at("latent").get<int>()), by_set);
    if (has_mnist) best = std::max(best, by_set.at("mnist:test"));
  }
  document.table(std::move(table));
  document.image(samples(document.workshop.open("latent-128")), document("latent.samples"));
  document.claim("latent", has_mnist ? std::optional(best > of_pixels.at("mnist:test")) : std::nullopt,
                 has_mnist ? document("claims.latent_evidence", best, of_pixels.at("mnist:test"))
                           : document("claims.set_missing"));
}

void families_chapter(Document& document) {
  document.prose("families.text");
  document.experiment("contraction");
  document.experiment("log-determinants");
  const auto found = document.workshop.found("densities");
  report::Table table{.title = document("families.table"),
                      .columns = {{.name = document("families.preset"), .align = report::Align::kLeft},
                                  {document("families.parameters")},
                                  {document("families.minutes")},
                                  {document("families.bits")}}};
  report::CurvePlot plot{.title = document("families.curve"),
                         .x_label = document("families.minutes"),
                         .y_label = document("families.bits"),
                         .series = {}};
  plot.log_x = true;
  for (const auto& one : found) {
    report::Series series{.name = one.at("preset"), .x = {}, .y = {}};
    for (const auto& epoch : one.at("epochs")) {
      series.x.push_back(epoch.at("seconds").get<double>() / 60);
      series.y.push_back(epoch.at("bits_per_dim"));
    }
    table.rows.push_back({one.at("preset").get<std::string>(),
                          one.at("parameters").get<std::int64_t>(),
                          {series.x.back(), 1},
                          {series.y.back(), 3}});
    plot.series.push_back(std::move(series));
  }
  document.table(std::move(table));
  document.plot(plot, document("families.curve_caption"));
  for (const char* preset : {"residual", "multiscale", "autoregressive"})
    document.image(samples(document.workshop.open(preset), 32), document("families.samples", preset));
  document.prose("families.reading");
  document.claim_of_experiment("contraction", "contraction");
  document.claim_of_experiment("series", "log-determinants");
}

}  // namespace pushforward::study
