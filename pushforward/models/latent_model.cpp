#include "pushforward/models/latent_model.h"

#include "pushforward/autoencoders/latent_training.h"
#include "pushforward/checkpoint/restore.h"
#include "pushforward/core/error.h"
#include "pushforward/flows/masked_state.h"
#include "pushforward/models/conditional.h"
#include "pushforward/models/flow_model.h"
#include "pushforward/models/saved_weights.h"
#include "pushforward/models/scoring.h"
#include "pushforward/nn/size.h"
#include "pushforward/ood/state.h"

namespace pushforward::models {
namespace {

using autoencoders::Autoencoder;
using autoencoders::LatentFlow;

autoencoders::AutoencoderOptions read_autoencoder(const Config& config, const Shape& shape) {
  if (shape.points()) throw usage("an autoencoder takes images, the data are points");
  return {.dims = shape.dims(),
          .hidden = config.get_int("model.hidden", 512, {.min = 1, .max = 65536}),
          .latent = config.get_int("model.latent", 64, {.min = 1, .max = 65536}),
          .seed = read_train(config).seed};
}

void add_layers(std::vector<Layer>& all, const Autoencoder& model) {
  const auto add = [&](const char* name, const nn::Mlp& network) {
    std::vector<std::int64_t> sizes{network.layers.front()->weight.size(1)};
    for (const auto& layer : network.layers) sizes.push_back(layer->weight.size(0));
    all.push_back({name, fmt::format("{}, ReLU between", fmt::join(sizes, "→")), nn::parameter_count(network),
                   nn::matrix_flop(network)});
  };
  add("autoencoder.encoder", model.encoder());
  add("autoencoder.decoder", model.decoder());
}

Panel reconstruction_panel(const std::string& file) {
  return {.file = file,
          .title = "Reconstruction error by epoch",
          .y_label = "mean squared error of a pixel",
          .caption =
              "The training curve is the mean over the epoch while the weights move; the held-out one "
              "is taken at its end.",
          .lines = {{"train", "reconstruction_error", "training (mean over the epoch)"},
                    {"held_out", "reconstruction_error", "held out (at its end)"}},
          .log_y = true,
          .note = "lower is better"};
}

using NetworkPtr = std::shared_ptr<Autoencoder>;

/// Completes what a model tells detectors: the reconstruction error, and the codes as features.
void add_outputs(ood::Outputs& outputs, const NetworkPtr& autoencoder) {
  outputs.reconstruction_error = [=](const at::Tensor& images) {
    return ood::values_of(by_batches(
        images, "reconstruct", [&](const at::Tensor& x) { return autoencoder->reconstruction_error(x); }));
  };
  outputs.features = [=](const at::Tensor& images) {
    return by_batches(images, "encode", [&](const at::Tensor& x) { return autoencoder->encode(x); })
        .to(at::kFloat);
  };
}

Codec codec_of(const NetworkPtr& autoencoder) {
  return {.encode = [=](const at::Tensor& batch) { return autoencoder->encode(batch); },
          .decode = [=](const at::Tensor& codes) { return autoencoder->decode(codes); }};
}

Model record_of(const Shape& shape, const NetworkPtr& autoencoder, const nn::DescentOptions& options) {
  const double forward_flop = nn::matrix_flop(*autoencoder);
  const auto state = [=] { return nn::named_state(*autoencoder); };
  const auto size = nn::parameter_count(*autoencoder);
  std::vector<Layer> layers;
  add_layers(layers, *autoencoder);
  layers.push_back({"total",
                    fmt::format("{} → {} codes → {}", shape.text(), autoencoder->latent(), shape.text()),
                    size, forward_flop});
  Model model{
      .shape = shape,
      .name = "autoencoder",
      .training = {.make =
                       [=] { return std::make_unique<autoencoders::Reconstruction>(autoencoder, options); },
                   .best_by = "psnr",
                   .iteration_flop = 3 * forward_flop},
      .weights = state,
      .exported = state,
      .parameters = size,
      .layers = std::move(layers),
      .panels = {reconstruction_panel("curves")},
      .codec = codec_of(autoencoder),
      .advice = "its codes have no distribution to draw from, train latent-realnvp"};
  add_outputs(model.outputs, autoencoder);
  return model;
}

std::vector<Layer> layers_of(const LatentFlow& model) {
  const auto& flow = *model.flow();
  std::vector<Layer> all;
  add_layers(all, *model.autoencoder());
  append_layers(all, flow, "flow.");
  all.push_back({"total", fmt::format("base distribution N(0, I) of {} codes", flow.dims()),
                 nn::parameter_count(model), nn::matrix_flop(*model.autoencoder()) + flow.forward_flop()});
  return all;
}

std::vector<Panel> latent_panels() {
  return {
      {.file = "curves",
       .title = "Log-likelihood of the codes by epoch",
       .y_label = "mean log p(codes) (nats)",
       .caption = "The flow's epochs, on the codes of an autoencoder that has stopped learning: a density "
                  "of codes, not of pixels.",
       .lines = {{"train", "log_likelihood", "training (mean over the epoch)"},
                 {"held_out", "log_likelihood", "held out (at its end)"}},
       .note = "higher is better"},
      reconstruction_panel("reconstruction")};
}

/// Both parts' tensors in one list; the flow's as `flow_state` names them.
nn::NamedTensors state_of(const LatentFlow& model, const nn::NamedTensors& flow_state) {
  nn::NamedTensors all;
  nn::append(all, "autoencoder.", nn::named_state(*model.autoencoder()));
  nn::append(all, "flow.", flow_state);
  return all;
}

void take_weights(const LatentFlow& model, const Weights& weights) {
  restore_saved(checkpoint::select(weights.file, "autoencoder."), nn::named_state(*model.autoencoder()),
                "the run's autoencoder");
  take_weights(*model.flow(), weights, "flow.");
}

/// Whether the flow has had an update when this was saved; a file of weights alone does not say, and has.
bool has_begun(const checkpoint::File& file) {
  const auto* steps = file.find("flow_steps");
  return steps == nullptr || steps->item<std::int64_t>() > 0;
}

/// The autoencoder's part alone, of a run that has not come to its flow yet.
Model record_of(const Shape& shape, const std::shared_ptr<LatentFlow>& model,
                const autoencoders::LatentTrainingOptions& options) {
  const auto flow = model->flow();
  Model record{
      .shape = shape,
      .name = "latent-realnvp",
      .training = {.make = [=] { return std::make_unique<autoencoders::LatentTraining>(model, options); },
                   .best_by = "log_likelihood",
                   .iteration_flop = nn::matrix_flop(model->autoencoder()->encoder()) +
                                     3 * flow->forward_flop()},  // of the second phase
      .weights = [=] { return state_of(*model, nn::named_state(*flow)); },
      .exported = [=] { return state_of(*model, flows::full_state(*flow)); },
      .parameters = nn::parameter_count(*model),
      .layers = layers_of(*model),
      .panels = latent_panels(),
      .codec = codec_of(model->autoencoder()),
      .advice = "this run has trained its autoencoder only, its flow not yet: continue it with --resume"};
  add_outputs(record.outputs, model->autoencoder());
  return record;
}

void add_flow(Model& record, const std::shared_ptr<LatentFlow>& model) {
  const auto flow = model->flow();
  const auto autoencoder = model->autoencoder();
  const auto encode = [=](const at::Tensor& batch) { return autoencoder->encode(batch); };
  record.sampler = Sampler{
      .latent_size = flow->dims(), .decode = [=](const at::Tensor& latents, const SampleOptions& how) {
        expect_running_statistics(how);
        const at::NoGradGuard no_grad;
        return autoencoder->decode(flow->decode(latents, {.wants_log_det = false}).value).contiguous();
      }};
  record.density = Density{
      .likelihood = {.of = fmt::format("{} codes of its autoencoder", flow->dims()), .dims = flow->dims()},
      .flow = flow,
      .input = encode};
  record.outputs = outputs_of(flow, encode);
  add_outputs(record.outputs, autoencoder);
}

}  // namespace

Unfinished make_autoencoder(const Config& config, const Shape& shape) {
  const auto autoencoder = std::make_shared<Autoencoder>(read_autoencoder(config, shape));
  return [=, options = read_descent(config)](const std::optional<Weights>& weights) {
    if (weights) restore_saved(weights->file, nn::named_state(*autoencoder), "the run's autoencoder");
    return record_of(shape, autoencoder, options);
  };
}

Unfinished make_latent_real_nvp(const Config& config, const Shape& shape) {
  refuse_condition(config, "flows of codes");
  const auto train = read_train(config);
  autoencoders::LatentFlowOptions options{.autoencoder = read_autoencoder(config, shape), .seed = train.seed};
  if (options.autoencoder.latent < 2) throw usage("a flow needs at least 2 dimensions: set model.latent = 2");
  options.couplings = config.get_int("model.couplings", 8, {.min = 1, .max = 1000});
  options.hidden = config.get_int("model.flow_hidden", 1024, {.min = 1, .max = 65536});
  options.transformer = read_coupling(config);
  options.standardise = config.get_bool("model.standardise", true);
  if (train.epochs < 2)
    throw usage("train.epochs = {}: expected at least 2, for the autoencoder and then the flow",
                train.epochs);
  const auto autoencoder_epochs =
      config.get_int("train.autoencoder_epochs", train.epochs / 2, {.min = 1, .max = train.epochs - 1});
  autoencoders::LatentTrainingOptions training{
      .autoencoder_epochs = autoencoder_epochs, .descent = read_descent(config), .seed = train.seed};
  return [shape, model = std::make_shared<LatentFlow>(options),
          training](const std::optional<Weights>& weights) mutable {
    if (weights) take_weights(*model, *weights);
    training.flow_is_trained = weights && weights->names == Weights::Names::pytorch;
    auto record = record_of(shape, model, training);
    if (!weights || has_begun(weights->file)) add_flow(record, model);
    return record;
  };
}

}  // namespace pushforward::models
