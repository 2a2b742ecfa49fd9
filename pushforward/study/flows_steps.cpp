// The steps that train flows and ask what is foreign to them.
#include <algorithm>

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/core/stopwatch.h"
#include "pushforward/detection/ood_study.h"
#include "pushforward/detection/unseen.h"
#include "pushforward/evaluation/extractor.h"
#include "pushforward/evaluation/sample_source.h"
#include "pushforward/metrics/fid.h"
#include "pushforward/metrics/likelihood.h"
#include "pushforward/nn/random.h"
#include "pushforward/runs/scores.h"
#include "pushforward/study/step.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::study {
namespace {

/// Images of each set that the quick study judges.
constexpr std::int64_t few = 1'000;

/// {"mean": …, "half_width95": …, "n": …}
Json described(const metrics::Interval& mean, std::size_t n) {
  return {{"mean", mean.value}, {"half_width95", mean.half_width95()}, {"n", n}};
}

/// Mean log-likelihoods of sets, by their names.
Json likelihoods(const models::Run& run, const std::vector<std::string>& sets) {
  Json all = Json::object();
  for (const auto& set : sets) {
    const auto scores = runs::score(run, set);
    all[set] = described(scores.mean, scores.log_prob.size());
  }
  return all;
}

/// Mean log-likelihood of the images that a run was trained on, or of those that it held out, by its last
/// weights.
Json likelihood_of(const models::Run& run, const detection::Selection& images) {
  const auto scores = run.model.outputs.log_prob(images.chosen().values);
  return described(metrics::mean_interval(scores), scores.size());
}

/// A tenth of the training images, and fewer held out.
std::vector<std::string> short_run(std::vector<std::string> settings = {}) {
  settings.insert(settings.end(), {"data.share=0.1", "data.validation=0.05"});
  return settings;
}

/// Mean loss of the first epoch that had a likelihood, nats.
double first_loss(const models::Run& run) {
  for (const auto& line : train::read_metrics(run.folder.metrics()))
    if (line.contains("train") && line.at("train").contains("log_likelihood"))
      return -line.at("train").at("log_likelihood").get<double>();
  throw fail("{}: no epoch of its flow is in its log", run.folder.path().string());
}

/// How long a run was trained, as its configuration has it: a run that was begun otherwise goes on as it
/// began.
std::vector<std::string> length_of(const models::Run& run) {
  std::vector<std::string> settings{fmt::format("train.epochs={}", models::read_train(run.config).epochs)};
  if (const auto share = models::read_data(run.config).share; share < 1)
    settings.push_back(fmt::format("data.share={}", share));
  return settings;
}

/// Of latents, at which Glow's authors draw their samples (Kingma and Dhariwal 2018, section 6).
constexpr double cooler = 0.7;

/// Likelihood of the test images and FID of samples, with how long they took. Of a model some of whose
/// samples are not finite, FID at a lower temperature.
class DensityJudge {
 public:
  explicit DensityJudge(const Workshop& workshop)
      : workshop_(workshop),
        n_(workshop.options.quick ? few : evaluation::usual_samples),
        test_(evaluation::load_side(Workshop::familiar, n_, workshop.options.seed).values),
        extractor_(evaluation::open_extractor(workshop.trained("classifier").string())),
        features_(extractor_->extract(test_, Workshop::familiar, false).features) {}

  Json judged(const std::string& name) const {
    const auto run = workshop_.open(name);
    const auto dims = run.model.density->likelihood.dims;
    Json epochs = Json::array();
    for (const auto& line : train::read_metrics(run.folder.metrics()))
      if (line.contains("held_out"))
        epochs.push_back(
            {{"seconds", line.at("seconds")},
             {"bits_per_dim", metrics::bits_per_dim(line.at("held_out").at("log_likelihood"), dims)}});
    const auto n = static_cast<double>(n_);
    const Stopwatch scored;
    const auto bits = metrics::bits_per_dim(metrics::mean_interval(run.model.outputs.log_prob(test_)), dims);
    const double scoring = scored.seconds();
    Json judged{{"preset", name},
                {"settings", length_of(run)},
                {"parameters", run.model.parameters},
                {"mflop", run.model.layers.back().forward_flop * 1e-6},
                {"epochs", epochs},
                {"n", n_},
                {"bits_per_dim", {{"value", bits.value}, {"half_width95", bits.half_width95()}}},
                {"scores_per_s", n / scoring}};
    const auto seed = stream_key(workshop_.options.seed, "sample");
    const Stopwatch sampled;
    auto samples = run.model.sampler->sample(n_, {}, nn::generator(seed));
    judged["samples_per_s"] = n / sampled.seconds();
    if (const auto bad = models::not_finite(samples); bad > 0) {
      judged["not_finite"] = bad;
      samples = run.model.sampler->sample(n_, {.temperature = cooler}, nn::generator(seed));
      if (models::not_finite(samples) > 0) return judged;
      judged["temperature"] = cooler;
    }
    const auto fid = metrics::fid(features_, extractor_->extract(run.pixels(samples), name, false).features);
    judged["fid"] = {{"value", fid.value}, {"half_width95", fid.half_width95()}};
    return judged;
  }

 private:
  const Workshop& workshop_;
  std::int64_t n_;
  at::Tensor test_;
  std::unique_ptr<evaluation::Extractor> extractor_;
  at::Tensor features_;
};

}  // namespace

void train_likelihood(const Workshop& workshop) {
  workshop.train("realnvp", {.preset = "realnvp", .quick_settings = short_run()});
  auto sets = Workshop::foreign();
  sets.insert(sets.begin(), Workshop::familiar);
  const auto run = workshop.open("realnvp");
  const auto division = detection::divide(run);
  workshop.keep("realnvp", {{"training", likelihood_of(run, division.trained)},
                            {"held_out", likelihood_of(run, division.held_out)},
                            {"sets", likelihoods(run, sets)}});
}

void train_classifier(const Workshop& workshop) {
  workshop.train("classifier",
                 {.preset = "classifier", .quick_settings = {"train.epochs=2", "data.share=0.25"}});
}

void train_latent(const Workshop& workshop) {
  Json found = Json::array();
  for (const bool raw : {false, true}) {
    for (const std::int64_t latent : {8, 32, 128}) {
      if (raw && latent != 128 && workshop.options.quick) continue;
      const auto name = fmt::format("latent-{}{}", latent, raw ? "-raw" : "");
      std::vector<std::string> settings{fmt::format("model.latent={}", latent)};
      if (raw) settings.insert(settings.end(), {"model.standardise=false", "data.shuffle=false"});
      auto quick_settings = short_run(settings);
      quick_settings.emplace_back("model.flow_hidden=256");
      workshop.train(name,
                     {.preset = "latent-realnvp", .settings = settings, .quick_settings = quick_settings});
      const auto run = workshop.open(name);
      auto sets = Workshop::foreign();
      const auto study = detection::ood_study(run, {}, Workshop::familiar, sets, {"likelihood"},
                                              workshop.options.quick ? few : 0);
      sets.insert(sets.begin(), Workshop::familiar);
      found.push_back({{"run", name},
                       {"latent", latent},
                       {"raw", raw},
                       {"first_loss", first_loss(run)},
                       {"likelihoods", likelihoods(run, sets)},
                       {"separations", detection::to_json(study).at("separations")}});
    }
  }
  workshop.keep("latent", found);
}

void detect_foreign(const Workshop& workshop) {
  workshop.train("autoencoder", {.preset = "autoencoder", .quick_settings = short_run()});
  workshop.train("background", {.preset = "realnvp",
                                .settings = {"data.name=\"fashion-mnist+mutate\"", "train.epochs=4"},
                                .quick_settings = {"data.name=\"fashion-mnist+mutate\"", "train.epochs=4",
                                                   "data.share=0.1"}});
  const detection::Companions companions{.background = workshop.trained("background"),
                                         .classifier = workshop.trained("classifier"),
                                         .autoencoder = workshop.trained("autoencoder")};
  const auto run = workshop.open("realnvp");
  const auto study = detection::ood_study(run, companions, Workshop::familiar, Workshop::foreign(), {"all"},
                                          workshop.options.quick ? few : 0);
  detection::save(study, run.folder);
  workshop.keep("detectors", detection::to_json(study));
}

void train_densities(const Workshop& workshop) {
  const auto small = [](std::vector<std::string> settings) {
    settings.insert(settings.end(), {"data.share=0.05", "data.validation=0.02"});
    return settings;
  };
  // Of a length that lets the whole study end within its time; docs/results.md has what longer ones reach.
  const std::vector<Training> trainings{
      {.preset = "realnvp-dequantized", .settings = {"train.epochs=4"}, .quick_settings = small({})},
      {.preset = "maf", .settings = {"train.epochs=4"}, .quick_settings = small({"model.hidden=256"})},
      {.preset = "spline", .settings = {"train.epochs=4"}, .quick_settings = small({"train.epochs=2"})},
      {.preset = "residual",
       .settings = {"data.share=0.5"},
       .quick_settings = small({"model.blocks=2", "model.hidden=16"})},
      {.preset = "glow",
       .settings = {"train.epochs=1"},
       .quick_settings = small({"model.hidden=32", "model.steps=4"})},
      {.preset = "multiscale",
       .settings = {"train.epochs=3"},
       .quick_settings =
           small({"train.epochs=2", "model.hidden=16", "model.layers=2", "model.base_hidden=16"})},
      {.preset = "autoregressive",
       .settings = {"train.epochs=2"},
       .quick_settings = small({"train.epochs=2", "model.hidden=16", "model.layers=2"})}};
  const DensityJudge judge(workshop);
  Json found = Json::array();
  for (const auto& training : trainings) {
    workshop.train(training.preset, training);
    const auto name = "density-" + training.preset;
    if (!workshop.has(name)) workshop.keep(name, judge.judged(training.preset));
    found.push_back(workshop.found(name));
  }
  workshop.keep("densities", found);
}

}  // namespace pushforward::study
