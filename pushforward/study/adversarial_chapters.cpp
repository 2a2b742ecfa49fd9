// What the document says of adversarial training and of the distances behind it.
#include <fmt/ranges.h>

#include <algorithm>

#include "pushforward/runs/gallery.h"
#include "pushforward/study/document.h"
#include "pushforward/study/printed.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::study {
namespace {

/// Share of its largest below which a gradient counts as vanished, as in the experiment on it.
constexpr double vanished = 0.05;

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

/// Its mean over each epoch.
std::vector<double> mean_by_epoch(const models::Run& run, const std::string& name) {
  std::vector<double> means;
  for (const auto& line : train::read_metrics(run.folder.metrics()))
    if (line.contains("train")) means.push_back(line.at("train").at(name));
  return means;
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

/// How often FID rose from one of the first epochs to the next, by more than a tenth: redrawing ten thousand
/// images moves it by less.
std::size_t rises(const Json& epochs, std::size_t first) {
  std::size_t count = 0;
  for (std::size_t i = 1; i < first; ++i)
    count += epochs[i].at("fid").get<double>() > 1.1 * epochs[i - 1].at("fid").get<double>() ? 1 : 0;
  return count;
}

/// Of the epochs of runs but the first, in how many the critic's estimate of the distance went the way that
/// FID did.
struct Together {
  std::size_t moved = 0, of = 0;
};
Together together(const Document& document, const Json& fid, const std::vector<std::string>& runs) {
  Together count;
  for (const auto& run : runs) {
    const auto distance = mean_by_epoch(document.workshop.open(run), "wasserstein");
    const auto& epochs = fid.at(run);
    for (std::size_t i = 1; i < std::min(distance.size(), epochs.size()); ++i, ++count.of) {
      const double change = epochs[i].at("fid").get<double>() - epochs[i - 1].at("fid").get<double>();
      count.moved += change * (distance[i] - distance[i - 1]) > 0 ? 1 : 0;
    }
  }
  return count;
}

/// Whether a cure of mode collapse covers more than both losses that it is to replace, on every set on which
/// one of them collapses: it loses modes though most of its samples lie on some.
Answered cures(const Document& document, const Json& values, const std::string& cure) {
  std::vector<std::string> evidence;
  bool any = false, all = true;
  for (const std::string set : {"gaussian-ring", "25-gaussians"}) {
    if (!values.contains(set + ".modes")) continue;  // the second takes a full study
    const auto value = [&](const std::string& what) { return values.at(set + "." + what).get<double>(); };
    const auto quality = [&](const std::string& how) { return 100 * value(how + ".quality"); };
    const auto collapsed = [&](const std::string& how) {
      return value(how) < value("modes") && quality(how) > 50;
    };
    const double plain = std::max(value("saturating"), value("non_saturating"));
    evidence.push_back(document("claims.collapse_of", set, value("modes"), value("saturating"),
                                quality("saturating"), value("non_saturating"), quality("non_saturating"),
                                value(cure), quality(cure)));
    if (!collapsed("saturating") && !collapsed("non_saturating")) continue;
    any = true;
    all = all && value(cure) > plain;
  }
  if (!any) evidence.push_back(document("claims.no_collapse"));
  return {any ? std::optional(all) : std::nullopt, fmt::format("{}", fmt::join(evidence, " "))};
}

/// What a training's FID did over its first epochs.
struct Ride {
  std::size_t rises;
  double first, last;
  bool has_learned() const { return last < 0.9 * first; }
};
Ride ride(const Json& epochs, std::size_t first) {
  return {rises(epochs, first), epochs.front().at("fid"), epochs[first - 1].at("fid")};
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
  // A critic that has learned all that it can leaves the generator a gradient, where a discriminator does
  // not.
  document.claim_of_values("wgan_gradient", "lipschitz", [&](const Json& values) -> Answered {
    const auto share = [&](const std::string& how) { return values.at(how + ".at_samples").get<double>(); };
    const double discriminator = share("discriminator"), clipped = share("clipping"),
                 penalised = share("penalty");
    return {discriminator < vanished ? std::optional(std::min(clipped, penalised) > vanished) : std::nullopt,
            document("claims.wgan_gradient_evidence", discriminator, clipped, penalised, vanished)};
  });
  for (const std::string cure : {"clipping", "penalty_5"})
    document.claim_of_values(
        "collapse." + cure, "mode-collapse",
        [&](const Json& values) { return cures(document, values, cure); }, About::training);
  if (document.workshop.has("dcgan")) {
    const auto plain = document.workshop.found("dcgan");
    const auto epochs = std::min({plain.size(), found.at("wgan").size(), found.at("wgan-gp").size()});
    const auto theirs = ride(plain, epochs), clipped = ride(found.at("wgan"), epochs),
               penalised = ride(found.at("wgan-gp"), epochs);
    const auto most = std::max(clipped.rises, penalised.rises);
    const bool comparable = theirs.has_learned() && clipped.has_learned() && penalised.has_learned();
    document.claim(
        "stable", !comparable || theirs.rises == most ? std::nullopt : std::optional(theirs.rises > most),
        document("claims.stable_evidence", epochs, theirs.rises, theirs.first, theirs.last, clipped.rises,
                 clipped.first, clipped.last, penalised.rises, penalised.first, penalised.last),
        About::training);
  }
  document.claim_of_values(
      "meaningful_loss", "convergence",
      [&](const Json& values) -> Answered {
        const double plane = values.at("loss.correlation");
        const auto [moved, of] = together(document, found, {"wgan", "wgan-gp"});
        return {of == 0 ? std::nullopt : std::optional(plane > 0.5 && 2 * moved > of),
                document("claims.meaningful_loss_evidence", plane, moved, of)};
      },
      About::training);
  document.claim_of_experiment("more_critic", "critic-and-generator", "updates");
  document.claim_of_experiment("too_many", "critic-and-generator", "harm", false, About::training);
  document.claim_of_values("too_many_steps", "critic-and-generator", [&](const Json& values) -> Answered {
    const double many = values.at("steps.20"), some = values.at("steps.5"), own = values.at("own");
    return {std::abs(many - some) <= own ? std::nullopt : std::optional(many > some),
            document("claims.too_many_steps_evidence", many, some, own)};
  });
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
      document("claims.discriminator_wins_evidence", late(critic), late(generator), fid.back(), best),
      About::training);
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
  const auto oscillates = epochs.size() < 5 ? std::nullopt : std::optional(risen > 0);
  for (const auto* claim : {"fid_oscillates", "fid_game"})
    document.claim(claim, oscillates, document("claims.fid_oscillates_evidence", risen, epochs.size()),
                   About::training);
  document.claim("fid_below_ten", std::nullopt, document("claims.fid_below_ten_evidence", series.y.back()));
  document.claim_of_experiment("fid_sixteen", "fid", "sixteen");
  document.claim_of_experiment("fid_insensitive", "fid", "denied", false);
  document.claim_of_experiment("fid_collapse", "fid", "half");
  document.claim_of_experiment("fid_copies", "fid", "copies", false);
}

}  // namespace pushforward::study
