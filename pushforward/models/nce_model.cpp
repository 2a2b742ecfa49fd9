#include "pushforward/models/nce_model.h"

#include "pushforward/checkpoint/restore.h"
#include "pushforward/core/error.h"
#include "pushforward/core/names.h"
#include "pushforward/core/random.h"
#include "pushforward/gans/corrected_training.h"
#include "pushforward/gans/dcgan.h"
#include "pushforward/gans/mlp.h"
#include "pushforward/models/conditional.h"
#include "pushforward/models/flow_model.h"
#include "pushforward/models/glow_model.h"
#include "pushforward/models/maf_model.h"
#include "pushforward/models/multiscale_model.h"
#include "pushforward/models/residual_model.h"
#include "pushforward/models/scoring.h"
#include "pushforward/models/spline_model.h"
#include "pushforward/nn/size.h"
#include "pushforward/ood/state.h"

namespace pushforward::models {
namespace {

struct Base {
  const char* name;  // model.flow
  Unfinished (*make)(const Config& config, const Shape& shape);
};

const std::vector<Base> bases{
    {"realnvp", make_real_nvp}, {"spline", make_spline},         {"maf", make_maf},
    {"glow", make_glow},        {"multiscale", make_multiscale}, {"residual", make_residual}};

std::shared_ptr<gans::Critic> read_critic(const Config& config, const Shape& shape) {
  const auto seed = read_train(config).seed;
  if (shape.points()) {
    const std::vector<std::int64_t> hidden(
        3, config.get_int("model.discriminator_hidden", 128, {.min = 1, .max = 65536}));
    const double scale = config.get_double("model.scale", 1, {.min = 1e-9, .max = 1e9});
    auto init = nn::generator(stream_key(seed, "critic init"));
    return std::make_shared<gans::MlpCritic>(
        gans::MlpCriticOptions{.dims = shape.numbers, .hidden = hidden, .slope = 0.2, .scale = scale}, init);
  }
  if (shape.height != shape.width)
    throw usage("the discriminator takes square images, the data are {}: set data.resize", shape.text());
  return gans::dcgan_critic({.size = shape.height,
                             .channels = shape.channels,
                             .width = config.get_int("model.filters", 32, {.min = 1, .max = 4096})},
                            gans::CriticNorm::none, seed);
}

/// A flow's record, its discriminator, and how that is trained.
struct Parts {
  Model flow;
  std::shared_ptr<gans::Critic> critic;
  gans::NoiseContrastOptions contrast;
  gans::CorrectedTrainingOptions training;

  nn::NamedTensors join(const nn::NamedTensors& of_flow) const {
    nn::NamedTensors all;
    nn::append(all, "flow.", of_flow);
    nn::append(all, "discriminator.", nn::named_state(*critic));
    return all;
  }
};

/// Whether the discriminator has had an update when this was saved; a file of weights alone does not say, and
/// has.
bool critic_has_begun(const checkpoint::File& file) {
  const auto* steps = file.find("discriminator_steps");
  return steps == nullptr || steps->item<std::int64_t>() > 0;
}

/// Of a training's state, whose names have one more "model." before those of the critic, or of weights alone.
void take_critic(const gans::Critic& critic, const checkpoint::File& file) {
  const auto saved = checkpoint::select(file, "discriminator."),
             of_training = checkpoint::select(saved, "model.");
  const bool trained = !checkpoint::select(of_training, "model.").tensors.empty();
  checkpoint::restore(trained ? of_training : saved, nn::named_state(critic), "the run's discriminator");
}

std::vector<Panel> panels_of(std::vector<Panel> panels) {
  panels.push_back({.file = "contrast",
                    .title = "What the discriminator sees, by epoch",
                    .y_label = "E log D(data) + E log(1 − D(samples))",
                    .caption = "The discriminator's epochs, with the flow as it is: −log 4 where data and "
                               "samples look the same to it, 0 where it tells all of them apart.",
                    .lines = {{"train", "contrast", "training (mean over the epoch)"},
                              {"held_out", "contrast", "held out (at its end)"}},
                    .note = "the lower, the better the flow"});
  return panels;
}

/// The same draws each time, made once.
std::function<metrics::ImportanceMean()> constant_of(const Sampler& sampler,
                                                     const std::function<at::Tensor(const at::Tensor&)>& h) {
  constexpr std::int64_t draws = 10'000;
  const auto kept = std::make_shared<std::optional<metrics::ImportanceMean>>();
  return [=] {
    if (kept->has_value()) return **kept;
    const at::NoGradGuard no_grad;
    const auto x = sampler.sample(draws, {}, nn::generator(stream_key(0, "constant")));
    std::vector<at::Tensor> logs;
    for (const auto& some : x.split(512)) logs.push_back(h(some));
    *kept = metrics::importance_mean(ood::values_of(at::cat(logs).to(at::kDouble)));
    return **kept;
  };
}

void add_correction(Model& record, const Parts& parts) {
  const auto h = [critic = parts.critic, image = parts.contrast.image](const at::Tensor& batch) {
    return gans::log_ratio(*critic, batch, image);
  };
  record.correction = Correction{.log_ratio = h, .log_constant = constant_of(*record.sampler, h)};
  record.outputs.log_ratio = ood::remember([h](const at::Tensor& images) {
    return ood::values_of(by_batches(images, "tell apart", h).squeeze(1));
  });
}

Model record_of(const Parts& parts) {
  const auto& flow = parts.flow;
  auto record = flow;
  record.name = "flow-nce, " + flow.name;
  record.training.make = [parts] {
    return std::make_unique<gans::CorrectedTraining>(
        parts.flow.training.make(),
        std::make_unique<gans::NoiseContrast>(parts.flow.density->flow, parts.critic, parts.contrast),
        parts.training);
  };
  record.training.best_by = "contrast";
  record.weights = [parts] { return parts.join(parts.flow.weights()); };
  record.exported = [parts] { return parts.join(parts.flow.exported()); };
  record.parameters += nn::parameter_count(*parts.critic);
  append_matrices(record.layers, *parts.critic, "discriminator.");
  record.layers.push_back({"discriminator", "logit of data from samples", nn::parameter_count(*parts.critic),
                           parts.critic->forward_flop()});
  record.panels = panels_of(flow.panels);
  record.advice = "this run has trained its flow only, its discriminator not yet: continue it with --resume";
  return record;
}

}  // namespace

Unfinished make_flow_nce(const Config& config, const Shape& shape) {
  refuse_condition(config, "flows that a discriminator corrects");
  const auto name = config.get_choice("model.flow", "realnvp", names_of(bases));
  const auto unfinished = find_named(bases, name, "flow").make(config, shape);
  const auto flow = unfinished({});
  if (!shape.points() && !flow.density->likelihood.dequantized)
    throw usage(
        "model.dequantize = false: images are of levels and samples then are not, which a discriminator sees "
        "at once; set it to true");
  const auto train = read_train(config);
  if (train.epochs < 2)
    throw usage("train.epochs = {}: expected at least 2, for the flow and then the discriminator",
                train.epochs);
  const auto flow_epochs =
      config.get_int("train.flow_epochs", train.epochs / 2, {.min = 1, .max = train.epochs - 1});
  const auto descent = read_descent(config);
  gans::NoiseContrastOptions contrast{
      .descent = {.optimiser = descent.optimiser, .clip_norm = descent.clip_norm, .reducer = descent.reducer},
      .seed = train.seed,
      .tolerance = flow.density->tolerance};
  if (!shape.points()) contrast.image = {shape.channels, shape.height, shape.width};
  return [unfinished, contrast, flow_epochs,
          critic = read_critic(config, shape)](const std::optional<Weights>& weights) {
    Parts parts{.flow = unfinished({}),
                .critic = critic,
                .contrast = contrast,
                .training = {.density_epochs = flow_epochs}};
    parts.critic->eval();
    if (weights) {
      take_weights(*parts.flow.density->flow, *weights, "flow.");
      take_critic(*parts.critic, weights->file);
      parts.training.critic_is_trained = weights->names == Weights::Names::pytorch;
    }
    auto record = record_of(parts);
    if (!weights || critic_has_begun(weights->file)) add_correction(record, parts);
    return record;
  };
}

void complete_flow_nce(Config& config, const Examples& set) {
  if (set.shape.points() && !config.has("model.scale")) config.set("model.scale", scale_of(set));
}

}  // namespace pushforward::models
