// What the document says of adversarial training and of the distances behind it.
#include <algorithm>

#include "pushforward/runs/gallery.h"
#include "pushforward/study/document.h"
#include "pushforward/study/printed.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::study {
namespace {

/// Of every step of a run, a scalar by epochs.
report::Series scalar_of(const models::Run& run, const std::string& name, const std::string& title) {
  report::Series series{.name = title, .x = {}, .y = {}};
  for (const auto& line : train::read_metrics(run.folder.metrics())) {
    if (line.contains("train") || !line.contains(name) || line.at(name).is_null()) continue;
    series.x.push_back(line.at("epoch"));
    series.y.push_back(line.at(name));
  }
  return series;
}

/// FID after every epoch, of what a step kept.
report::Series fid_of(const Json& epochs, const std::string& name, const char* along, double unit) {
  report::Series series{.name = name, .x = {}, .y = {}};
  for (const auto& epoch : epochs) {
    series.x.push_back(epoch.at(along).get<double>() / unit);
    series.y.push_back(epoch.at("fid"));
  }
  return series;
}

/// How often FID rose from one of the first epochs to the next.
std::size_t rises(const Json& epochs, std::size_t first) {
  std::size_t count = 0;
  for (std::size_t i = 1; i < first; ++i)
    count += epochs[i].at("fid").get<double>() > epochs[i - 1].at("fid").get<double>() ? 1 : 0;
  return count;
}

void film_of(Document& document, const std::string& name) {
  if (const auto made = runs::film(document.workshop.open(name))) {
    document.image(made->animation, document("dcgan.film", name));
    document.image(made->strip, document("dcgan.strip", name));
  }
}

}  // namespace

void theory_chapter(Document& document) {
  document.prose("theory.text");
  document.experiment("vanishing-gradient");
  document.experiment("optimal-discriminator");
  document.experiment("distances");
  document.claim_of_experiment("vanishing", "vanishing-gradient");
  document.claim_of_experiment("optimal", "optimal-discriminator");
  document.claim_of_experiment("distances", "distances");
}

void wasserstein_chapter(Document& document) {
  document.prose("wasserstein.text");
  document.experiment("lipschitz");
  document.experiment("mode-collapse");
  document.experiment("convergence");
  document.experiment("critic-and-generator");
  const auto found = document.workshop.found("wasserstein");
  report::CurvePlot plot{
      .title = document("wasserstein.curve"), .x_label = document("minutes"), .y_label = "FID", .series = {}};
  for (const auto& [name, epochs] : found.items()) plot.series.push_back(fid_of(epochs, name, "seconds", 60));
  document.plot(plot, document("wasserstein.curve_caption"));
  for (const auto& [name, epochs] : found.items()) film_of(document, name);
  document.claim("wgan_gradient", std::nullopt, document("claims.wgan_gradient_evidence"));
  document.claim_of_values("collapse", "mode-collapse", [&](const Json& values) -> Answered {
    const auto covered = [&](const char* how) {
      return values.at(std::string("gaussian-ring.") + how).get<double>();
    };
    const double all = covered("modes"), plain = std::min(covered("saturating"), covered("non_saturating")),
                 mended = std::max(covered("clipping"), covered("penalty_5"));
    return {plain == all ? std::nullopt : std::optional(mended == all),
            document("claims.collapse_evidence", all, covered("saturating"), covered("non_saturating"),
                     covered("clipping"), covered("penalty_5"))};
  });
  if (document.workshop.has("dcgan")) {
    const auto theirs = document.workshop.found("dcgan"), ours = found.at("wgan-gp");
    const auto epochs = std::min(theirs.size(), ours.size());
    document.claim("stable", std::nullopt,
                   document("claims.stable_evidence", rises(theirs, epochs), epochs, rises(ours, epochs)));
  }
  document.claim_of_experiment("meaningful_loss", "convergence", "loss");
  document.claim_of_experiment("more_critic", "critic-and-generator", "updates");
  document.claim_of_experiment("too_many", "critic-and-generator", "harm", false);
}

void dcgan_chapter(Document& document) {
  document.prose("dcgan.text");
  document.experiment("transposed-convolution");
  const auto run = document.workshop.open("dcgan");
  const auto critic = scalar_of(run, "critic_loss", document("dcgan.discriminator")),
             generator = scalar_of(run, "generator_loss", document("dcgan.generator"));
  report::CurvePlot plot{.title = document("dcgan.curve"),
                         .x_label = document("epoch"),
                         .y_label = document("dcgan.loss"),
                         .series = {report::banded(critic), report::banded(generator)}};
  report::Series theirs_critic{.name = document("dcgan.printed_discriminator"), .x = {}, .y = {}},
      theirs_generator{.name = document("dcgan.printed_generator"), .x = {}, .y = {}};
  for (std::size_t k = 0; k < printed::epochs.size(); ++k) {
    for (std::size_t i = 0; i < printed::losses[k].size(); ++i) {
      const double epoch = printed::epochs[k] - 1 + static_cast<double>(i) / 9.38;
      theirs_critic.x.push_back(epoch);
      theirs_critic.y.push_back(printed::losses[k][i].first);
      theirs_generator.x.push_back(epoch);
      theirs_generator.y.push_back(printed::losses[k][i].second);
    }
    for (auto* series : {&theirs_critic, &theirs_generator}) {  // a gap between the epochs that it printed
      series->x.push_back(printed::epochs[k]);
      series->y.push_back(std::numeric_limits<double>::quiet_NaN());
    }
  }
  plot.series.push_back(theirs_critic);
  plot.series.push_back(theirs_generator);
  document.plot(plot, document("dcgan.curve_caption"));
  film_of(document, "dcgan");
  const auto late = [](const report::Series& series) {
    const auto from = series.y.size() * 9 / 10;
    double sum = 0;
    for (auto i = from; i < series.y.size(); ++i) sum += series.y[i];
    return sum / static_cast<double>(series.y.size() - from);
  };
  const auto fid = fid_of(document.workshop.found("dcgan"), "", "epoch", 1).y;
  const double best = *std::ranges::min_element(fid);
  document.claim(
      "discriminator_wins", late(critic) < late(generator) && fid.back() <= 2 * best,
      document("claims.discriminator_wins_evidence", late(critic), late(generator), fid.back(), best));
  document.claim_of_experiment("output_size", "transposed-convolution");
}

void fid_chapter(Document& document) {
  document.prose("fid.text");
  const auto series = fid_of(document.workshop.found("dcgan"), document("fid.ten_thousand"), "epoch", 1);
  document.plot(
      report::CurvePlot{
          .title = document("fid.curve"), .x_label = document("epoch"), .y_label = "FID", .series = {series}},
      document("fid.curve_caption"));
  if (document.workshop.has("inception")) {
    const auto found = document.workshop.found("inception");
    document.page.paragraph(document("fid.inception", found.at("value").get<double>(),
                                     found.at("half_width95").get<double>(),
                                     found.at("n").get<std::int64_t>()));
  } else {
    document.page.paragraph(document("fid.no_inception"));
  }
  document.experiment("fid");
  const auto epochs = document.workshop.found("dcgan");
  const auto risen = rises(epochs, epochs.size());
  document.claim("fid_oscillates", epochs.size() < 5 ? std::nullopt : std::optional(risen > 0),
                 document("claims.fid_oscillates_evidence", risen, epochs.size()));
  document.claim("fid_below_ten", std::nullopt, document("claims.fid_below_ten_evidence", series.y.back()));
  document.claim_of_experiment("fid_sixteen", "fid", "sixteen");
  document.claim_of_experiment("fid_insensitive", "fid", "denied", false);
  document.claim_of_experiment("fid_collapse", "fid", "half");
  document.claim_of_experiment("fid_copies", "fid", "copies", false);
}

}  // namespace pushforward::study
