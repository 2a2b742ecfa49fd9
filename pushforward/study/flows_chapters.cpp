// What the document says of flows and of what is foreign to them.
#include <algorithm>
#include <functional>
#include <map>
#include <optional>

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
  constexpr int columns = 8;
  return runs::grid(
      run.pixels(run.model.sampler->sample(n, {}, nn::generator(stream_key(0, "study samples")))), columns);
}

using BySet = std::map<std::string, metrics::Interval>;

/// AUROC by detector and set of an OOD study's JSON.
std::map<std::string, BySet> aurocs(const Json& study) {
  std::map<std::string, BySet> all;
  for (const auto& one : study.at("separations")) {
    const auto& auroc = one.at("auroc");
    all[one.at("detector")][one.at("out")] = {auroc.at("value"), auroc.at("low95"), auroc.at("high95")};
  }
  return all;
}

/// AUROC of the set that is told worst, with its name.
struct Least {
  std::string set;
  metrics::Interval auroc;
  std::string text() const { return fmt::format("{:.3f} ({})", auroc.value, set); }
};
Least least(const BySet& by_set) {
  const auto [set, auroc] =
      *std::ranges::min_element(by_set, {}, [](const auto& one) { return one.second.value; });
  return {set, auroc};
}

/// Without the clothes that are turned or mirrored, on which some detectors were fitted.
BySet never_fitted(BySet by_set) {
  std::erase_if(
      by_set, [](const auto& one) { return one.first.ends_with("+flip") || one.first.ends_with("+rotate"); });
  return by_set;
}

/// Whether a value is larger than another, where their intervals do not meet.
std::optional<bool> exceeds(const metrics::Interval& value, const metrics::Interval& other) {
  if (value.low > other.high) return true;
  if (value.high < other.low) return false;
  return std::nullopt;
}
std::optional<bool> exceeds(const Least& one, const Least& other) {
  return exceeds(one.auroc, other.auroc);
}

/// Whether one detector is better than another; where their intervals meet, the evidence says so.
Answered compared(const Document& document, std::optional<bool> better, const std::string& evidence) {
  return {better, better ? evidence : evidence + " " + document("claims.meet")};
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
  const auto add_row = [&](const std::string& name, const Json& one, std::optional<double> theirs) {
    table.rows.push_back({name, one.at("n").get<std::int64_t>(),
                          report::Cell::interval(one.at("mean"), one.at("half_width95"), 1),
                          theirs ? report::Cell(*theirs, 1) : report::Cell()});
  };
  add_row(document("likelihood.training"), found.at("training"), printed::train);
  add_row(document("likelihood.held_out"), found.at("held_out"), printed::test);
  const auto& sets = found.at("sets");
  const std::map<std::string, double> said{{"mnist:test", printed::mnist},
                                           {kmnist_of(sets), printed::kmnist}};
  for (const auto& [set, one] : sets.items()) {
    const auto theirs = said.find(set);
    add_row(set, one, theirs == said.end() ? std::nullopt : std::optional(theirs->second));
  }
  table.notes.push_back(document("likelihood.note"));
  document.table(std::move(table));
}

/// Mean log-likelihoods of codes beside those that the study printed.
void table_of_codes(Document& document, const Json& found,
                    const std::function<std::string(const Json&)>& name_of) {
  const auto kmnist = kmnist_of(found.front().at("likelihoods"));
  report::Table table{.title = document("latent.nats_table"),
                      .columns = {{.name = document("latent.space"), .align = report::Align::kLeft},
                                  {document("latent.first_loss"), document("unit")},
                                  {"fashion-mnist:test", document("unit")},
                                  {"mnist:test", document("unit")},
                                  {kmnist, document("unit")}}};
  for (const auto& one : found) {
    std::vector<report::Cell> row{name_of(one), report::Cell(one.at("first_loss"), 1)};
    for (const auto& set : {Workshop::familiar, std::string("mnist:test"), kmnist}) {
      const auto by_set = one.at("likelihoods").find(set);
      row.push_back(by_set == one.at("likelihoods").end()
                        ? report::Cell()
                        : report::Cell::interval(by_set->at("mean"), by_set->at("half_width95"), 1));
    }
    table.rows.push_back(std::move(row));
  }
  table.rows.push_back({document("latent.printed"),
                        {printed::codes_first_loss, 1},
                        {printed::codes_test, 1},
                        {printed::codes_mnist, 1},
                        {printed::codes_kmnist, 1}});
  table.notes.push_back(document("latent.nats_note", printed::codes_train));
  document.table(std::move(table));
}

/// AUROC of detectors (rows) against sets (columns), the surest first.
void table_of_detectors(Document& document, const Json& study) {
  auto all = aurocs(study);
  std::vector<std::string> names;
  for (const auto& [name, by_set] : all) names.push_back(name);
  std::ranges::stable_sort(names, [&](const auto& a, const auto& b) {
    return least(never_fitted(all[a])).auroc.value > least(never_fitted(all[b])).auroc.value;
  });
  report::Table table{.title = document("detectors.table"),
                      .columns = {{.name = document("detectors.detector"), .align = report::Align::kLeft}}};
  for (const auto& [set, auroc] : all.at(names.front())) table.columns.push_back({set});
  for (const auto& name : names) {
    std::vector<report::Cell> row{name};
    for (const auto& column : table.columns)
      if (&column != &table.columns.front())
        row.push_back(all[name].contains(column.name) ? report::Cell(all[name][column.name].value, 3)
                                                      : report::Cell());
    table.rows.push_back(std::move(row));
  }
  double widest = 0;
  for (const auto& [name, by_set] : all)
    for (const auto& [set, auroc] : by_set) widest = std::max(widest, (auroc.high - auroc.low) / 2);
  table.notes.push_back(document("detectors.note", widest));
  document.table(std::move(table));
  report::Table questions{.title = document("detectors.questions"),
                          .columns = {{.name = document("detectors.detector"), .align = report::Align::kLeft},
                                      {.name = document("detectors.asks"), .align = report::Align::kLeft}}};
  std::vector<std::string> asked;  // in the order of the families that they belong to
  for (const auto& one : study.at("separations")) {
    const std::string name = one.at("detector");
    if (std::ranges::count(asked, name) > 0) continue;
    asked.push_back(name);
    questions.rows.push_back({name, document("detectors.of." + name)});
  }
  document.table(std::move(questions));
}

/// Whether codes tell the study's own two sets better than pixels do: on one of them beyond the intervals,
/// and on none worse.
void judge_latent(Document& document, const BySet& codes, const BySet& pixels) {
  std::vector<std::string> evidence;
  bool better = false, worse = false;
  for (const auto& [set, of_pixels] : pixels) {
    if (!set.starts_with("mnist") && !set.starts_with("kmnist")) continue;
    const auto verdict = exceeds(codes.at(set), of_pixels);
    better = better || verdict == true;
    worse = worse || verdict == false;
    evidence.push_back(document("claims.latent_of", set, codes.at(set).value, of_pixels.value));
  }
  if (evidence.empty()) evidence.push_back(document("claims.set_missing"));
  evidence.push_back(document("claims.latent_least", least(codes).text(), least(pixels).text()));
  document.claim("latent",
                 worse    ? std::optional(false)
                 : better ? std::optional(true)
                          : std::nullopt,
                 fmt::format("{}", fmt::join(evidence, " ")), About::training);
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
                 document("claims.gain_evidence", 100 * share), About::training);
  const auto mean_of = [](const Json& one) { return one.at("mean").get<double>(); };
  const double trained = mean_of(found.at("training")), unseen = mean_of(found.at("held_out")),
               gained = held_out[last] - held_out[0];
  document.claim("generalises", trained > unseen && trained - unseen < gained / 2,
                 document("claims.generalises_evidence", trained, unseen, gained), About::training);
  const auto& sets = found.at("sets");
  const auto kmnist_name = kmnist_of(sets);
  if (!sets.contains("mnist:test") || !sets.contains(kmnist_name)) {
    document.claim("order", std::nullopt, document("claims.set_missing"));
    return;
  }
  const double own = mean_of(sets.at(Workshop::familiar)), mnist = mean_of(sets.at("mnist:test")),
               kmnist = mean_of(sets.at(kmnist_name));
  document.claim("order", own > mnist && mnist - kmnist > own - mnist,
                 document("claims.order_evidence", own, mnist, kmnist), About::training);
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
  const auto raw = least(all.at("likelihood"));
  document.claim("raw", raw.auroc.high < well_apart, document("claims.raw_evidence", raw.text(), well_apart),
                 About::shortcoming);
  const auto& by_likelihood = all.at("likelihood");
  const auto kmnist =
      std::ranges::find_if(by_likelihood, [](const auto& one) { return one.first.starts_with("kmnist"); });
  document.claim(
      "kmnist_detected",
      kmnist == by_likelihood.end() ? std::nullopt : std::optional(kmnist->second.low > well_apart),
      kmnist == by_likelihood.end() ? document("claims.set_missing")
                                    : document("claims.kmnist_detected_evidence", kmnist->second.value));
  if (all.contains("combination")) {
    const auto combined = least(never_fitted(all.at("combination"))),
               alone = least(never_fitted(all.at("likelihood")));
    const auto answered = compared(document, exceeds(combined, alone),
                                   document("claims.combining_evidence", combined.text(), alone.text()));
    document.claim("combining", answered.holds, answered.evidence, About::training);
  }
  if (all.contains("energy")) {
    const auto energy = least(all.at("energy"));
    const auto answered = compared(document, exceeds(energy, raw),
                                   document("claims.energy_evidence", energy.text(), raw.text()));
    document.claim("energy", answered.holds, answered.evidence, About::training);
  }
  document.experiment("likelihood-and-simplicity");
  document.experiment("dequantisation");
  // Of the same shapes without texture, which compress better, a flow that likes whatever is simple thinks
  // more.
  document.claim_of_values(
      "simple", "likelihood-and-simplicity",
      [&](const Json& values) -> Answered {
        std::vector<std::string> evidence;
        bool all_like = true, one_dislikes = false;
        for (const char* flow : {"linear", "raw", "dequantised", "autoregressive"}) {
          const auto name = std::string("flat.") + flow;
          all_like = all_like && values.at(name + ".low").get<double>() > 0;
          one_dislikes = one_dislikes || values.at(name + ".high").get<double>() < 0;
          evidence.push_back(
              document("claims.simple_of",
                       document.workshop.texts("lab.likelihood-and-simplicity." + std::string(flow)),
                       values.at(name).get<double>()));
        }
        return {all_like       ? std::optional(true)
                : one_dislikes ? std::optional(false)
                               : std::nullopt,
                document("claims.simple_evidence", values.at("length.flat").get<double>(),
                         values.at("length.clothes").get<double>(),
                         fmt::format("{}", fmt::join(evidence, document("claims.simple_between"))))};
      },
      About::training);
  document.experiment("energy");
  document.claim_of_values(
      "energy_of_flow", "energy",
      [&](const Json& values) -> Answered {
        const auto interval = [&](const std::string& name) -> metrics::Interval {
          return {values.at(name), values.at(name + ".low"), values.at(name + ".high")};
        };
        const auto energy = interval("energy"), flow = interval("likelihood");
        return compared(document, exceeds(energy, flow),
                        document("claims.energy_of_flow_evidence", energy.value, flow.value));
      },
      About::training);
  document.experiment("remedies");
  // A remedy helps where it does so against every set that leaves room for it, beyond the intervals.
  for (const std::string remedy : {"diversity", "decay", "dropout", "exposure"})
    document.claim_of_values(
        "remedy." + remedy, "remedies",
        [&](const Json& values) -> Answered {
          const double helped = values.at(remedy + ".helped"), hurt = values.at(remedy + ".hurt"),
                       open = values.at(remedy + ".open");
          const auto holds = open > 0 && helped == open ? std::optional(true)
                             : hurt > 0                 ? std::optional(false)
                                                        : std::nullopt;
          return compared(
              document, holds,
              document("claims.remedy_evidence", document.workshop.texts("lab.remedies." + remedy), helped,
                       open, hurt, values.at(remedy + ".mean").get<double>()));
        },
        About::training);
  document.claim_of_experiment("depends", "remedies", "others");
  document.claim("bayesian", std::nullopt, document("claims.bayesian_evidence"));
}

void latent_chapter(Document& document) {
  document.prose("latent.text");
  const auto found = document.workshop.found("latent");
  auto of_pixels = aurocs(document.workshop.found("detectors")).at("likelihood");
  report::Table table{.title = document("latent.table"),
                      .columns = {{.name = document("latent.space"), .align = report::Align::kLeft}}};
  for (const auto& [set, auroc] : of_pixels) table.columns.push_back({set});
  const auto row = [&](const std::string& name, const BySet& by_set) {
    std::vector<report::Cell> cells{name};
    for (const auto& [set, auroc] : by_set) cells.emplace_back(auroc.value, 3);
    table.rows.push_back(std::move(cells));
  };
  const auto name_of = [&](const Json& one) {
    return document(one.at("raw").get<bool>() ? "latent.raw" : "latent.codes", one.at("latent").get<int>());
  };
  row(document("latent.pixels"), of_pixels);
  std::optional<BySet> as_in_the_study;  // at the size of the preset
  for (const auto& one : found) {
    const auto by_set = aurocs(one).at("likelihood");
    row(name_of(one), by_set);
    if (one.at("raw").get<bool>() && one.at("latent") == 128) as_in_the_study = by_set;
  }
  document.table(std::move(table));
  table_of_codes(document, found, name_of);
  document.image(samples(document.workshop.open("latent-128")), document("latent.samples"));
  judge_latent(document, as_in_the_study.value(), of_pixels);
  document.claim("deeper_encoder", std::nullopt, document("claims.deeper_encoder_evidence"));
}

void families_chapter(Document& document) {
  document.prose("families.text");
  document.experiment("contraction");
  document.experiment("log-determinants");
  const auto found = document.workshop.found("densities");
  report::Table table{.title = document("families.table"),
                      .columns = {{.name = document("families.preset"), .align = report::Align::kLeft},
                                  {document("families.parameters")},
                                  {document("families.flop"), "MFLOP"},
                                  {document("families.minutes")},
                                  {document("families.bits")},
                                  {document("families.sampling"), "1/s"},
                                  {document("families.scoring"), "1/s"},
                                  {"FID"}}};
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
    const auto interval = [&](const char* key, int decimals) {
      return one.contains(key)
                 ? report::Cell::interval(one.at(key).at("value"), one.at(key).at("half_width95"), decimals)
                 : report::Cell();
    };
    table.rows.push_back(
        {one.at("preset").get<std::string>(),
         one.at("parameters").get<std::int64_t>(),
         {one.at("mflop"), 1},
         {series.x.back(), 1},
         interval("bits_per_dim", 3),
         one.contains("samples_per_s") ? report::Cell(one.at("samples_per_s"), 0) : report::Cell(),
         {one.at("scores_per_s"), 0},
         interval("fid", 1)});
    plot.series.push_back(std::move(series));
    if (!one.at("settings").empty())
      table.notes.push_back(fmt::format("{}: {}", one.at("preset").get<std::string>(),
                                        fmt::join(one.at("settings").get<std::vector<std::string>>(), ", ")));
    if (one.contains("not_finite")) {
      const auto preset = one.at("preset").get<std::string>();
      const auto bad = one.at("not_finite").get<std::int64_t>();
      table.notes.push_back(one.contains("temperature") ? document("families.cooler", preset, bad,
                                                                   one.at("temperature").get<double>())
                                                        : document("families.no_fid", preset, bad));
    }
  }
  table.notes.push_back(document("families.note", found.front().at("n").get<std::int64_t>()));
  document.table(std::move(table));
  document.plot(plot, document("families.curve_caption"));
  for (const char* preset : {"residual", "multiscale", "autoregressive"})
    document.image(samples(document.workshop.open(preset), 32), document("families.samples", preset));
  document.prose("families.reading");
  document.claim_of_experiment("contraction", "contraction");
  document.claim_of_experiment("series", "log-determinants");
}

}  // namespace pushforward::study
