#include "pushforward/models/gan_panels.h"

#include <cmath>
#include <optional>

#include "pushforward/gans/scalars.h"
#include "pushforward/gans/verdict.h"

namespace pushforward::models {
namespace {

namespace scalar = gans::scalar;

std::vector<Panel> step_panels(const gans::Objective& objective) {
  return {
      {.file = "curves",
       .title = "Losses",
       .y_label = objective.name + " loss",
       .caption =
           "Of every step. Neither loss says how good the samples are: each network's is measured against "
           "the other of the moment.",
       .lines = {{"", scalar::generator_loss, "generator"}, {"", scalar::critic_loss, "critic"}}},
      {.file = "outputs",
       .title = "The critic's outputs",
       .y_label = objective.output,
       .caption =
           "Means over batches. Where the critic tells held-out images from those it is trained on, it "
           "knows these by heart.",
       .lines = {{"", scalar::critic_real, "real"},
                 {"", scalar::critic_fake, "generated"},
                 {"held_out", scalar::critic_held_out, "real, held out"}}},
      {.file = "wasserstein",
       .title = "The critic's estimate of the Wasserstein distance",
       .y_label = "mean critic(real) − mean critic(generated)",
       .caption =
           "A lower bound of the distance times the critic's Lipschitz constant, which a gradient penalty "
           "holds near 1 and weight clipping at a value that nobody knows.",
       .lines = {{"", scalar::wasserstein, "estimate"}},
       .note = "positive: real ranks above generated; falls as the generator improves"},
      {.file = "penalty",
       .title = "The regulariser's penalty",
       .y_label = "penalty",
       .caption = "What it adds to the critic's loss.",
       .lines = {{"", scalar::penalty, "penalty"}}},
      {.file = "gradients",
       .title = "Norms of gradients",
       .y_label = "norm",
       .caption = "A generator's gradient that falls by orders of magnitude has vanished.",
       .lines = {{"", scalar::generator_gradient_norm, "generator"},
                 {"", scalar::critic_gradient_norm, "critic"}},
       .log_y = true},
      {.file = "updates",
       .title = "Norms of weight updates",
       .y_label = "norm",
       .caption = "How far the optimiser moves each network in a step; weight clipping comes after it.",
       .lines = {{"", scalar::generator_update_norm, "generator"},
                 {"", scalar::critic_update_norm, "critic"}},
       .log_y = true}};
}

const Panel modes{.file = "modes",
                  .title = "Modes found",
                  .y_label = "modes",
                  .caption = "Modes that hold at least a tenth of an even share of the samples.",
                  .lines = {{"measured", scalar::modes_covered, "modes covered"}}};
const Panel quality{.file = "quality",
                    .title = "Samples at a mode",
                    .y_label = "share of samples",
                    .caption = "The share of samples within 3σ of a mode; of true ones it is 0.989.",
                    .lines = {{"measured", scalar::high_quality, "share within 3σ"}}};
const Panel pixels{.file = "pixels",
                   .title = "Distance of pixel statistics",
                   .y_label = "Fréchet distance of 8×8 thumbnails",
                   .caption =
                       "Between samples and real images that the critic has not seen: brightness, layout and "
                       "variety, not sharpness.",
                   .lines = {{"measured", scalar::pixel_distance, "samples"}},
                   .note = "lower is better"};
const Panel diversity{
    .file = "diversity",
    .title = "Diversity of samples",
    .y_label = "ratio to real data",
    .caption =
        "Spread of the samples, and the distance from a sample to the nearest other one, both "
        "over those of real data. Near 0 the generator has collapsed.",
    .lines = {{"measured", scalar::diversity, "spread"},
              {"measured", scalar::nearest_diversity, "nearest other"}}};

}  // namespace

std::vector<Panel> gan_panels(const gans::AdversarialOptions& options) {
  const bool points = options.space == gans::Space::points;
  auto panels = step_panels(options.objective);
  const auto leave_out = [&](const char* file) {
    std::erase_if(panels, [&](const Panel& panel) { return panel.file == file; });
  };
  if (!options.objective.estimates_distance) leave_out("wasserstein");
  if (!options.regulariser.penalty) leave_out("penalty");
  if (points)
    panels.insert(panels.end(), {modes, quality});
  else
    panels.push_back(pixels);
  panels.push_back(diversity);
  return panels;
}

std::vector<std::string> gan_verdict(const std::vector<Json>& metrics, const gans::Objective& objective) {
  gans::Vitals vitals;
  const auto number = [](const Json& json, const char* key) -> std::optional<double> {
    return json.contains(key) && json[key].is_number() ? std::optional(json[key].get<double>())
                                                       : std::nullopt;
  };
  for (const auto& line : metrics) {
    if (line.contains("measured")) {
      const auto& measured = line["measured"];
      if (const auto diversity = number(measured, scalar::diversity)) {
        vitals.sample_diversity = diversity;
        vitals.data_diversity = 1;
      }
      if (const auto covered = number(measured, scalar::modes_covered), all = number(measured, scalar::modes);
          covered && all)
        vitals.modes = {.covered = std::llround(*covered), .all = std::llround(*all)};
      if (const auto real = number(measured, scalar::critic_seen))
        vitals.outputs = {.real = *real,
                          .held_out = number(measured, scalar::critic_unseen).value_or(*real),
                          .fake = number(measured, scalar::critic_samples).value_or(*real),
                          .error = number(measured, scalar::critic_error).value_or(0)};
    } else if (const auto loss = number(line, scalar::critic_loss)) {
      vitals.critic_loss.push_back(*loss - number(line, scalar::penalty).value_or(0));
      vitals.generator_loss.push_back(number(line, scalar::generator_loss).value_or(0));
      vitals.generator_gradient_norm.push_back(number(line, scalar::generator_gradient_norm).value_or(0));
    }
  }
  return gans::verdict(vitals, objective);
}

}  // namespace pushforward::models
