#include "pushforward/models/flow_model.h"

#include "pushforward/checkpoint/restore.h"
#include "pushforward/core/error.h"
#include "pushforward/flows/masked_state.h"
#include "pushforward/flows/models.h"
#include "pushforward/models/conditional.h"
#include "pushforward/models/saved_weights.h"
#include "pushforward/models/scoring.h"
#include "pushforward/nn/class_condition.h"
#include "pushforward/nn/maximum_likelihood.h"
#include "pushforward/nn/size.h"

namespace pushforward::models {
namespace {

std::vector<Layer> layers_of(const flows::Flow& flow) {
  std::vector<Layer> all;
  append_layers(all, flow);
  all.push_back({"total", fmt::format("base distribution N(0, I) in {} dimensions", flow.dims()),
                 nn::parameter_count(flow), flow.forward_flop()});
  return all;
}

std::vector<Panel> likelihood_panels(const flows::Flow& flow) {
  const std::string trained = flow.is_estimated() ? "log_likelihood_estimate" : "log_likelihood";
  const auto axis = fmt::format("{}mean log p(x{}) (nats)", flow.is_bound() ? "lower bound of " : "",
                                flow.condition_size() > 0 ? " | label" : "");
  return {
      {.file = "curves",
       .title = "Log-likelihood by epoch",
       .y_label = axis,
       .caption = "The training curve is the mean over the epoch while the weights move; the held-out one "
                  "is taken at its end.",
       .lines = {{"train", trained, "training (mean over the epoch)"},
                 {"held_out", "log_likelihood", "held out (at its end)"}}},
      {.file = "steps",
       .title = "Log-likelihood by step",
       .y_label = axis,
       .caption =
           "Training batches: the median of neighbours and the band from the 10th to the 90th percentile.",
       .lines = {{"", trained, "training batch"}}}};
}

/// Of samples after an epoch: of a conditional model, where they are few, every class has its column.
std::int64_t pictures_of(const Shape& shape, std::int64_t classes) {
  if (shape.points()) return 10'000;
  constexpr std::int64_t usual = 8, most = 16;
  const auto columns = classes > 0 && classes <= most ? (usual + classes - 1) / classes * classes : usual;
  return columns * columns;
}

Model record_of(const char* kind, const Shape& shape, const std::shared_ptr<flows::Flow>& flow,
                const nn::MaximumLikelihoodOptions& options) {
  const auto classes = flow->condition_size();
  return {.shape = shape,
          .name = classes > 0 ? fmt::format("conditional {}", kind) : kind,
          .training = {.make = [=] { return std::make_unique<nn::MaximumLikelihood>(flow, options); },
                       .best_by = "log_likelihood",
                       .vectors = flow->event().size() == 1,
                       .labels = classes > 0,
                       .iteration_flop = 3 * flow->forward_flop()},
          .weights = [=] { return nn::named_state(*flow); },
          .exported = [=] { return flows::full_state(*flow); },
          .parameters = nn::parameter_count(*flow),
          .layers = layers_of(*flow),
          .panels = likelihood_panels(*flow),
          .sampler = Sampler{.latent_size = flow->dims(),
                             .pictures = pictures_of(shape, classes),
                             .classes = classes,
                             .decode =
                                 [=](const at::Tensor& latents, const SampleOptions& how) {
                                   expect_running_statistics(how);
                                   const at::NoGradGuard no_grad;
                                   const auto labels = sample_labels(how, latents.size(0), classes);
                                   return flow
                                       ->decode(latents, {.condition = nn::condition_of(*flow, labels,
                                                                                        latents.options()),
                                                          .tolerance = options.tolerance,
                                                          .wants_log_det = false})
                                       .value.contiguous();
                                 }},
          .density = Density{.likelihood = {.of = shape.points() ? "points" : "pixels",
                                            .dims = flow->dims(),
                                            .dequantized = flow->dequantizes(),
                                            .bound = flow->is_bound(),
                                            .estimated = flow->is_estimated()},
                             .flow = flow,
                             .input = [=](const at::Tensor& batch) { return flow->as_event(batch); },
                             .tolerance = options.tolerance},
          .outputs = outputs_of(flow)};
}

}  // namespace

std::string read_coupling(const Config& config, const char* key, const std::string& usual) {
  std::vector<std::string> names;
  for (const auto& transformer : flows::transformers())
    if (!transformer.takes_pixels) names.push_back(transformer.name);
  return config.get_choice(key, usual, names);
}

flows::PixelOptions read_pixels(const Config& config, const Shape& shape) {
  const flows::PixelOptions pixels{
      .dequantize = config.get_bool("model.dequantize", false),
      .logit_alpha = config.get_double("model.logit_alpha", 0, {.min = 0, .max = 0.499})};
  if (shape.points() && (pixels.dequantize || pixels.logit_alpha > 0))
    throw usage("model.dequantize and model.logit_alpha are for pixels, the data are points");
  return pixels;
}

void take_weights(flows::Flow& flow, const Weights& weights, const std::string& prefix) {
  const auto file = prefix.empty() ? weights.file : checkpoint::select(weights.file, prefix);
  if (weights.names == Weights::Names::checkpoint)
    return restore_saved(file, nn::named_state(flow), "the run's flow");
  try {
    flows::load_full_state(flow, file.tensors);
  } catch (const Error& error) {
    throw fail("{}: {}", file.path, error.what());
  }
}

void append_layers(std::vector<Layer>& all, const flows::Flow& flow, const std::string& prefix) {
  for (const auto& [name, bijector, in, out] : flow.bijectors())
    all.push_back(
        {prefix + name, bijector->describe(), nn::parameter_count(*bijector), bijector->forward_flop(in)});
}

Unfinished make_flow(const char* kind, const std::shared_ptr<flows::Flow>& flow, const Config& config,
                     const Shape& shape, double tolerance) {
  const nn::MaximumLikelihoodOptions training{
      .descent = read_descent(config), .seed = read_train(config).seed, .tolerance = tolerance};
  if (config.get_bool("train.reversible", false)) flow->set_reversible(true);
  return [=](const std::optional<Weights>& weights) {
    if (weights) take_weights(*flow, *weights);
    return record_of(kind, shape, flow, training);
  };
}

Unfinished make_real_nvp(const Config& config, const Shape& shape) {
  if (shape.dims() < 2) throw usage("a flow needs at least 2 dimensions, the data have {}", shape.text());
  flows::RealNvpOptions options{.dims = shape.dims(), .seed = read_train(config).seed};
  options.couplings = config.get_int("model.couplings", 8, {.min = 1, .max = 1000});
  options.hidden = config.get_int("model.hidden", 1024, {.min = 1, .max = 65536});
  options.transformer = read_coupling(config);
  options.condition = read_condition(config);
  const auto pixels = read_pixels(config, shape);
  options.dequantize = pixels.dequantize;
  options.logit_alpha = pixels.logit_alpha;
  return make_flow("realnvp", flows::real_nvp(options), config, shape);
}

}  // namespace pushforward::models
