// The steps that train adversarial models of images.
#include <algorithm>

#include "pushforward/core/json.h"
#include "pushforward/data/registry.h"
#include "pushforward/evaluation/evaluation.h"
#include "pushforward/study/step.h"
#include "pushforward/train/metrics_log.h"

namespace pushforward::study {
namespace {

std::vector<std::string> with_fid(const Workshop& workshop, std::vector<std::string> settings) {
  settings.emplace_back("train.fid_every=1");
  settings.push_back("train.fid_features=" + to_text(workshop.trained("classifier").string()));
  return settings;
}

/// FID and seconds of training after every epoch.
Json epochs_of(const models::Run& run) {
  Json epochs = Json::array();
  for (const auto& line : train::read_metrics(run.folder.metrics()))
    if (line.contains("measured") && line.at("measured").contains("fid"))
      epochs.push_back({{"epoch", line.at("epoch")},
                        {"seconds", line.at("seconds")},
                        {"fid", line.at("measured").at("fid")}});
  return epochs;
}

/// FID of a run in the units of Inception, where that network is here. Of fewer samples than elsewhere: it is
/// a large one.
void measure_by_inception(const Workshop& workshop, const std::string& name) {
  const bool here = std::ranges::any_of(data::list_datasets(), [](const data::Status& status) {
    return status.name == "inception" && status.train;
  });
  if (!here || workshop.options.quick) return;
  evaluation::Sides sides({.n = 5'000, .seed = workshop.options.seed, .features = "inception"});
  const auto real = sides.load(Workshop::familiar, 0, false);
  const auto fid = measure_fid(real, sides.load(workshop.trained(name).string(), 1, false)).value;
  workshop.keep("inception", {{"n", real.count}, {"value", fid.value}, {"half_width95", fid.half_width95()}});
}

}  // namespace

void train_dcgan(const Workshop& workshop) {
  workshop.train("dcgan", {.preset = "dcgan",
                           .settings = with_fid(workshop, {}),
                           .quick_settings =
                               with_fid(workshop, {"model.filters=16", "data.share=0.3", "train.epochs=4"})});
  workshop.keep("dcgan", epochs_of(workshop.open("dcgan")));
  measure_by_inception(workshop, "dcgan");
}

void train_wasserstein(const Workshop& workshop) {
  Json found = Json::object();
  for (const char* preset : {"wgan", "wgan-gp", "sngan"}) {
    workshop.train(preset, {.preset = preset,
                            .settings = with_fid(workshop, {"train.epochs=4"}),
                            .quick_settings = with_fid(workshop, {"train.epochs=4", "data.share=0.2",
                                                                  "data.resize=32", "model.filters=16"})});
    found[preset] = epochs_of(workshop.open(preset));
  }
  workshop.keep("wasserstein", found);
}

}  // namespace pushforward::study
