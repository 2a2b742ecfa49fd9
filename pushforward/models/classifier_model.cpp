#include "pushforward/models/classifier_model.h"

#include "pushforward/core/error.h"
#include "pushforward/models/conditional.h"
#include "pushforward/models/saved_weights.h"
#include "pushforward/models/scoring.h"
#include "pushforward/nn/cross_entropy.h"
#include "pushforward/nn/size.h"
#include "pushforward/nn/snapshot.h"

namespace pushforward::models {
namespace {

std::vector<Layer> layers_of(const Shape& shape, const nn::Classifier& network, double forward_flop) {
  std::vector<Layer> all;
  append_matrices(all, network, "");
  all.push_back(
      {"total",
       fmt::format("{} → {} features → {} classes", shape.text(), network.features(), network.classes()),
       nn::parameter_count(network), forward_flop});
  return all;
}

std::vector<Panel> classifier_panels() {
  return {{.file = "curves",
           .title = "Accuracy by epoch",
           .y_label = "share of images classified correctly",
           .caption = "The training curve is the mean over the epoch while the weights move; the held-out "
                      "one is taken at its end.",
           .lines = {{"train", "accuracy", "training (mean over the epoch)"},
                     {"held_out", "accuracy", "held out (at its end)"}}},
          {.file = "loss",
           .title = "Cross-entropy by step",
           .y_label = "mean −log p(label | image) (nats)",
           .caption = "Training batches: the median of neighbours and the band from the 10th to the 90th "
                      "percentile; of held-out images at the end of every epoch.",
           .lines = {{"", "loss", "training batch"}, {"held_out", "loss", "held out"}}}};
}

ood::Outputs classifier_outputs(const std::shared_ptr<nn::Classifier>& network) {
  const auto both =
      ood::remember([network](const at::Tensor& images) { return features_and_logits(*network, images); });
  const auto d = network->features();
  ood::Outputs outputs;
  outputs.features = [both, d](const at::Tensor& x) { return both(x).slice(1, 0, d); };
  outputs.logits = [both, d](const at::Tensor& x) { return both(x).slice(1, d); };
  return outputs;
}

Model record_of(const Shape& shape, const std::shared_ptr<nn::Classifier>& network,
                const nn::CrossEntropyOptions& options) {
  const double forward_flop = network->forward_flop(shape.height, shape.width);
  const auto state = [=] { return nn::named_state(*network); };
  return {.shape = shape,
          .name = fmt::format("classifier of {}", network->classes()),
          .training = {.make = [=] { return std::make_unique<nn::CrossEntropy>(network, options); },
                       .best_by = "accuracy",
                       .vectors = false,
                       .labels = true,
                       .iteration_flop = 3 * forward_flop},
          .weights = state,
          .exported = state,
          .parameters = nn::parameter_count(*network),
          .layers = layers_of(shape, *network, forward_flop),
          .panels = classifier_panels(),
          .outputs = classifier_outputs(network)};
}

}  // namespace

Unfinished make_classifier(const Config& config, const Shape& shape) {
  if (shape.points() || std::min(shape.height, shape.width) < nn::Classifier::smallest_side)
    throw usage("a classifier takes images of at least {} pixels a side, the data are {}: set data.resize",
                nn::Classifier::smallest_side, shape.text());
  const auto train = read_train(config);
  const nn::CrossEntropyOptions step{
      .descent = read_descent(config), .flip = config.get_bool("train.flip", false), .seed = train.seed};
  const nn::ClassifierOptions options{
      .channels = shape.channels,
      .classes = config.get_int("model.classes", 10, {.min = 2, .max = 65536}),
      .width = config.get_int("model.filters", 32, {.min = 1, .max = 4096})};
  return [shape, network = nn::classifier(options, train.seed), step](const std::optional<Weights>& weights) {
    if (weights) restore_saved(weights->file, nn::named_state(*network), "the run's classifier");
    return record_of(shape, network, step);
  };
}

void complete_classifier(Config& config, const Examples& set) {
  if (set.labels.defined() && !config.has("model.classes")) config.set("model.classes", count_classes(set));
}

at::Tensor features_and_logits(nn::Classifier& network, const at::Tensor& images) {
  const auto shape = images.sizes().slice(1).vec();
  const nn::ModeGuard mode(network, false);
  const auto rows = by_batches(images, "features", [&](const at::Tensor& x) {
    const auto [features, logits] = network.forward(x.view({x.size(0), shape[0], shape[1], shape[2]}));
    return at::cat({features, logits}, 1);
  });
  return rows.to(at::kFloat);
}

}  // namespace pushforward::models
