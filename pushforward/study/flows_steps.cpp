// The steps that train flows and ask what is foreign to them.
#include <algorithm>

#include "pushforward/detection/ood_study.h"
#include "pushforward/metrics/likelihood.h"
#include "pushforward/runs/scores.h"
#include "pushforward/study/step.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::study {
namespace {

const std::string familiar = "fashion-mnist:test";

/// Images of each set that the quick study judges.
constexpr std::int64_t few = 1'000;

/// Mean log-likelihoods of sets: {"set": {"mean": …, "half_width95": …, "n": …}}.
Json likelihoods(const models::Run& run, const std::vector<std::string>& sets) {
  Json all = Json::object();
  for (const auto& set : sets) {
    const auto scores = runs::score(run, set);
    all[set] = {{"mean", scores.mean.value},
                {"half_width95", scores.mean.half_width95()},
                {"n", scores.log_prob.size()}};
  }
  return all;
}

/// A tenth of the training images, and fewer held out.
std::vector<std::string> short_run(std::vector<std::string> settings = {}) {
  settings.insert(settings.end(), {"data.share=0.1", "data.validation=0.05"});
  return settings;
}

}  // namespace

void train_likelihood(const Workshop& workshop) {
  workshop.train("realnvp", {.preset = "realnvp", .quick_settings = short_run()});
  auto sets = Workshop::foreign();
  sets.insert(sets.begin(), familiar);
  workshop.keep("realnvp", likelihoods(workshop.open("realnvp"), sets));
}

void train_classifier(const Workshop& workshop) {
  workshop.train("classifier",
                 {.preset = "classifier", .quick_settings = {"train.epochs=2", "data.share=0.25"}});
}

void train_latent(const Workshop& workshop) {
  Json found = Json::array();
  for (const std::int64_t latent : {8, 32, 128}) {
    const auto name = fmt::format("latent-{}", latent);
    const auto size = fmt::format("model.latent={}", latent);
    workshop.train(name, {.preset = "latent-realnvp",
                          .settings = {size},
                          .quick_settings = short_run({size, "model.flow_hidden=256"})});
    const auto run = workshop.open(name);
    const auto study = detection::ood_study(run, {}, familiar, Workshop::foreign(), {"likelihood"},
                                            workshop.options.quick ? few : 0);
    auto separations = detection::to_json(study);
    separations["latent"] = latent;
    found.push_back(std::move(separations));
  }
  workshop.keep("latent", found);
}

void detect_foreign(const Workshop& workshop) {
  workshop.train("autoencoder", {.preset = "autoencoder", .quick_settings = short_run()});
  workshop.train("background", {.preset = "realnvp",
                                .settings = {"data.name=\"fashion-mnist+mutate\"", "train.epochs=4"},
                                .quick_settings = {"data.name=\"fashion-mnist+mutate\"", "train.epochs=4",
                                                   "data.share=0.1"}});
  const detection::Companions companions{.background = workshop.folder("background"),
                                         .classifier = workshop.folder("classifier"),
                                         .autoencoder = workshop.folder("autoencoder")};
  const auto run = workshop.open("realnvp");
  const auto study = detection::ood_study(run, companions, familiar, Workshop::foreign(), {"all"},
                                          workshop.options.quick ? few : 0);
  detection::save(study, run.folder);
  workshop.keep("detectors", detection::to_json(study));
}

void train_densities(const Workshop& workshop) {
  const std::vector<std::string> small{"data.share=0.05", "data.validation=0.02"};
  const auto with = [&](std::vector<std::string> settings) {
    settings.insert(settings.end(), small.begin(), small.end());
    return settings;
  };
  const std::vector<Training> trainings{
      {"realnvp-dequantized", {"train.epochs=4"}, with({"train.epochs=4"})},
      {"maf", {}, with({"model.hidden=256"})},
      {"spline", {}, with({"train.epochs=2"})},
      {"residual", {}, with({"model.blocks=2", "model.hidden=16"})},
      {"multiscale", {"train.epochs=2"}, with({"model.hidden=16", "model.layers=2", "model.base_hidden=16"})},
      {"autoregressive", {"train.epochs=2"}, with({"model.hidden=16", "model.layers=2"})}};
  Json found = Json::array();
  for (const auto& training : trainings) {
    workshop.train(training.preset, training);
    const auto run = workshop.open(training.preset);
    Json epochs = Json::array();
    for (const auto& line : train::read_metrics(run.folder.metrics()))
      if (line.contains("held_out"))
        epochs.push_back(
            {{"seconds", line.at("seconds")}, {"held_out", line.at("held_out").begin().value()}});
    const auto& likelihood = run.model.density->likelihood;
    for (auto& epoch : epochs)
      epoch["bits_per_dim"] = metrics::bits_per_dim(epoch.at("held_out").get<double>(), likelihood.dims);
    found.push_back(
        {{"preset", training.preset}, {"parameters", run.model.parameters}, {"epochs", std::move(epochs)}});
  }
  workshop.keep("densities", found);
}

}  // namespace pushforward::study
