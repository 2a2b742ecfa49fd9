#include "pushforward/study/run_report.h"

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/report/html.h"
#include "pushforward/report/machine.h"
#include "pushforward/study/curves.h"
#include "pushforward/study/model_size.h"
#include "pushforward/study/ood_study.h"
#include "pushforward/study/samples.h"
#include "pushforward/train/metrics_log.h"
#include "pushforward/version.h"

namespace pushforward::study {
namespace {

void training(report::HtmlReport& page, const Run& run) {
  const auto curves = epoch_curves(run.folder);
  if (curves.series.front().x.empty()) return;
  page.section("Training");
  page.figure(report::draw(curves),
              "The training curve is the mean over the epoch while the weights move; the held-out one is "
              "taken at its end.");
  page.figure(report::draw(step_curve(run.folder)), "Every training batch.");
  report::Table table{
      .title = "Epochs",
      .columns = {{"epoch"}, {"step"}, {"time", "s"}, {"training", "nats"}, {"held out", "nats"}}};
  for (const auto& line : train::read_metrics(run.folder.metrics())) {
    if (!line.contains("train")) continue;
    const auto value = [&](const char* part) {
      return line.contains(part) && line[part].contains("log_likelihood") &&
                     line[part]["log_likelihood"].is_number()
                 ? report::Cell(line[part]["log_likelihood"].get<double>(), 1)
                 : report::Cell();
    };
    table.rows.push_back({line.at("epoch").get<std::int64_t>(),
                          line.at("step").get<std::int64_t>(),
                          {line.at("seconds").get<double>(), 0},
                          value("train"),
                          value("held_out")});
  }
  page.table(table);
}

void samples(report::HtmlReport& page, const Run& run, std::uint64_t seed) {
  page.section("Samples");
  for (const double temperature : {1.0, 0.7}) {
    const auto x = run.model->sample(64, temperature, nn::generator(stream_key(seed, "sample")));
    page.image(grid(run.pixels(x)), fmt::format("64 samples at temperature {}", temperature),
               fmt::format("64 samples at temperature {}, the standard deviation of the base distribution.",
                           temperature));
  }
}

std::string verdict(const OodStudy& study) {
  std::string missed, inverted;
  for (const auto& s : study.separations) {
    if (s.detector != "likelihood") continue;
    const auto text = fmt::format("{} (AUROC {:.3f})", s.out, s.roc.auroc.value);
    if (s.roc.auroc.value < 0.5)
      inverted += (inverted.empty() ? "" : ", ") + text;
    else if (s.roc.auroc.value < 0.95)
      missed += (missed.empty() ? "" : ", ") + text;
  }
  std::string text = "Higher log-likelihood is not the same as more like the training data. ";
  if (!inverted.empty())
    text +=
        "Judged by raw likelihood the model finds these more likely than its own images: " + inverted + ". ";
  if (!missed.empty()) text += "Raw likelihood confuses with its own images: " + missed + ". ";
  if (inverted.empty() && missed.empty())
    text += "On these sets raw likelihood separates well (every AUROC is at least 0.95). ";
  return text + "Typicality asks how far from the usual log-likelihood an image is, on either side.";
}

void detection(report::HtmlReport& page, const OodStudy& study) {
  page.section("Likelihood and out-of-distribution detection");
  page.paragraph(verdict(study));
  page.table(likelihood_table(study));
  page.figure(report::draw(histogram(study)), "Log-likelihood of every image, as densities.");
  page.table(separation_table(study));
  std::string drawn;
  for (const auto& s : study.separations) {
    if (s.detector == drawn) continue;
    drawn = s.detector;
    page.figure(report::draw(roc_plot(study, drawn)), "Score: " + drawn + ".");
  }
}

}  // namespace

std::filesystem::path write_report(const Run& run) {
  auto config = run.config;
  const auto data = read_data(config);
  const auto settings = read_train(config);
  report::HtmlReport page(fmt::format("{} on {}", config.get_string("model.kind", ""), data.name),
                          fmt::format("{} · seed {} · {} parameters", run.folder.path().filename().string(),
                                      settings.seed, parameter_count(*run.model)));
  training(page, run);
  samples(page, run, settings.seed);
  if (const auto study = load_ood_study(run.folder)) detection(page, *study);
  page.section("Configuration").code(config.resolved());
  page.section("Machine").key_values(report::machine(version));
  page.write(run.folder.report());
  return run.folder.report();
}

}  // namespace pushforward::study
