#include "pushforward/models/classifier_model.h"

#include "pushforward/checkpoint/restore.h"
#include "pushforward/core/error.h"
#include "pushforward/models/saved_weights.h"
#include "pushforward/models/scoring.h"
#include "pushforward/nn/cross_entropy.h"
#include "pushforward/nn/size.h"
#include "pushforward/nn/snapshot.h"

namespace pushforward::models {
namespace {

class ClassifierModel : public Model {
 public:
  ClassifierModel(const Shape& shape, std::shared_ptr<nn::Classifier> network, nn::CrossEntropyOptions step)
      : Model(shape), network_(std::move(network)), step_(step) {}

  std::string name() const override { return fmt::format("classifier of {}", network_->classes()); }
  std::unique_ptr<nn::Trainable> trainable() override {
    return std::make_unique<nn::CrossEntropy>(network_, step_);
  }
  bool takes_vectors() const override { return false; }
  bool takes_labels() const override { return true; }
  bool has_samples() const override { return false; }
  std::string best_by() const override { return "accuracy"; }
  double iteration_flop() const override { return 3 * forward_flop(); }

  std::int64_t latent_size() const override { throw no_samples(); }
  at::Tensor decode(const at::Tensor&, const SampleOptions&) override { throw no_samples(); }

  void load(const checkpoint::File& file) override {
    checkpoint::restore(saved_weights(file), nn::named_state(*network_), "the run's classifier");
  }
  nn::NamedTensors exported() override { return nn::named_state(*network_); }
  void import(const checkpoint::File& file) override {
    checkpoint::restore(file, nn::named_state(*network_), "the classifier");
  }

  std::vector<Layer> layers() const override {
    std::vector<Layer> all;
    for (const auto& item : network_->named_parameters())
      if (item.value().dim() > 1)
        all.push_back({item.key(), fmt::format("[{}]", fmt::join(item.value().sizes(), ", ")),
                       item.value().numel(), 0});
    all.push_back({"total",
                   fmt::format("{} → {} features → {} classes", shape().text(), network_->features(),
                               network_->classes()),
                   nn::parameter_count(*network_), forward_flop()});
    return all;
  }
  std::vector<Panel> panels() const override {
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
  std::int64_t parameters() const override { return nn::parameter_count(*network_); }

  flows::Flow& flow() override { throw usage("a classifier has no likelihood: this takes a flow"); }
  ood::Outputs detection() override {
    const auto both =
        ood::remember([this](const at::Tensor& images) { return features_and_logits(*network_, images); });
    const auto d = network_->features();
    ood::Outputs model;
    model.features = [both, d](const at::Tensor& x) { return both(x).slice(1, 0, d); };
    model.logits = [both, d](const at::Tensor& x) { return both(x).slice(1, d); };
    return model;
  }

 private:
  static UsageError no_samples() {
    return usage("a classifier draws no samples: this takes a flow or an adversarial model");
  }
  double forward_flop() const { return network_->forward_flop(shape().height, shape().width); }

  std::shared_ptr<nn::Classifier> network_;
  nn::CrossEntropyOptions step_;
};

}  // namespace

std::shared_ptr<Model> make_classifier(Config& config, const Shape& shape) {
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
  return std::make_shared<ClassifierModel>(shape, nn::classifier(options, train.seed), step);
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
