#include "pushforward/models/latent_model.h"

#include "pushforward/autoencoders/latent_training.h"
#include "pushforward/checkpoint/restore.h"
#include "pushforward/core/error.h"
#include "pushforward/flows/masked_state.h"
#include "pushforward/models/flow_model.h"
#include "pushforward/models/saved_weights.h"
#include "pushforward/models/scoring.h"
#include "pushforward/nn/size.h"
#include "pushforward/ood/state.h"

namespace pushforward::models {
namespace {

using autoencoders::Autoencoder;
using autoencoders::LatentFlow;

autoencoders::AutoencoderOptions read_autoencoder(Config& config, const Shape& shape) {
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

/// What an autoencoder tells detectors: reconstruction_error, and its codes as features.
void add_autoencoder(ood::Outputs& model, const Autoencoder& autoencoder) {
  model.reconstruction_error = [&autoencoder](const at::Tensor& images) {
    return ood::values_of(by_batches(images, "reconstruct", [&autoencoder](const at::Tensor& x) {
      return autoencoder.reconstruction_error(x);
    }));
  };
  model.features = [&autoencoder](const at::Tensor& images) {
    return by_batches(images, "encode", [&autoencoder](const at::Tensor& x) { return autoencoder.encode(x); })
        .to(at::kFloat);
  };
}

class AutoencoderModel : public Model {
 public:
  AutoencoderModel(const Shape& shape, std::shared_ptr<Autoencoder> autoencoder, nn::DescentOptions options)
      : Model(shape), autoencoder_(std::move(autoencoder)), options_(options) {}

  std::string name() const override { return "autoencoder"; }
  std::unique_ptr<nn::Trainable> trainable() override {
    return std::make_unique<autoencoders::Reconstruction>(autoencoder_, options_);
  }
  bool takes_vectors() const override { return true; }
  std::string best_by() const override { return "psnr"; }
  double iteration_flop() const override { return 3 * nn::matrix_flop(*autoencoder_); }

  bool has_samples() const override { return false; }
  std::int64_t latent_size() const override { return autoencoder_->latent(); }
  at::Tensor decode(const at::Tensor&, const SampleOptions&) override {
    throw usage("an autoencoder has codes but no distribution to draw them from: train latent-realnvp");
  }
  bool reconstructs() const override { return true; }
  at::Tensor reconstruct(const at::Tensor& batch) override {
    return autoencoder_->decode(autoencoder_->encode(batch));
  }

  void load(const checkpoint::File& file) override {
    checkpoint::restore(saved_weights(file), nn::named_state(*autoencoder_), "the run's autoencoder");
  }
  nn::NamedTensors exported() override { return nn::named_state(*autoencoder_); }
  void import(const checkpoint::File& file) override {
    checkpoint::restore(file, nn::named_state(*autoencoder_), "the model");
  }

  std::vector<Layer> layers() const override {
    std::vector<Layer> all;
    add_layers(all, *autoencoder_);
    all.push_back({"total", fmt::format("{} → {} codes → {}", shape().text(), latent_size(), shape().text()),
                   parameters(), nn::matrix_flop(*autoencoder_)});
    return all;
  }
  std::vector<Panel> panels() const override { return {reconstruction_panel("curves")}; }
  std::int64_t parameters() const override { return nn::parameter_count(*autoencoder_); }
  ood::Outputs detection() override {
    ood::Outputs model;
    add_autoencoder(model, *autoencoder_);
    return model;
  }

 private:
  std::shared_ptr<Autoencoder> autoencoder_;
  nn::DescentOptions options_;
};

class LatentFlowModel : public Model {
 public:
  LatentFlowModel(const Shape& shape, std::shared_ptr<LatentFlow> model,
                  autoencoders::LatentTrainingOptions options)
      : Model(shape), model_(std::move(model)), options_(options) {}

  std::string name() const override { return "latent-realnvp"; }
  std::unique_ptr<nn::Trainable> trainable() override {
    return std::make_unique<autoencoders::LatentTraining>(model_, options_);
  }
  bool takes_vectors() const override { return true; }
  std::string best_by() const override { return "log_likelihood"; }
  /// Of the second phase.
  double iteration_flop() const override {
    return nn::matrix_flop(autoencoder().encoder()) + 3 * nn::matrix_flop(*model_->flow());
  }

  bool has_samples() const override { return flow_has_begun_; }
  std::int64_t latent_size() const override { return autoencoder().latent(); }
  at::Tensor decode(const at::Tensor& latents, const SampleOptions& options) override {
    if (options.batch_statistics) throw usage("batch statistics are for models with batch normalisation");
    const at::NoGradGuard no_grad;
    return autoencoder().decode(flow().decode(latents).value).contiguous();
  }
  bool reconstructs() const override { return true; }
  at::Tensor reconstruct(const at::Tensor& batch) override {
    return autoencoder().decode(autoencoder().encode(batch));
  }

  void load(const checkpoint::File& file) override {
    checkpoint::restore(saved_weights(checkpoint::select(file, "autoencoder.")),
                        nn::named_state(autoencoder()), "the run's autoencoder");
    checkpoint::restore(saved_weights(checkpoint::select(file, "flow.")), nn::named_state(*model_->flow()),
                        "the run's flow");
    const auto* steps = file.find("flow_steps");
    flow_has_begun_ = steps == nullptr || steps->item<std::int64_t>() > 0;
  }
  nn::NamedTensors exported() override {
    nn::NamedTensors all;
    nn::append(all, "autoencoder.", nn::named_state(autoencoder()));
    nn::append(all, "flow.", flows::full_state(*model_->flow()));
    return all;
  }
  void import(const checkpoint::File& file) override {
    checkpoint::restore(checkpoint::select(file, "autoencoder."), nn::named_state(autoencoder()),
                        "the model's autoencoder");
    try {
      flows::load_full_state(*model_->flow(), checkpoint::select(file, "flow.").tensors);
    } catch (const Error& error) {
      throw fail("{}: {}", file.path, error.what());
    }
    options_.flow_is_trained = true;
  }

  std::vector<Layer> layers() const override {
    std::vector<Layer> all;
    add_layers(all, autoencoder());
    for (const auto& [name, bijector] : model_->flow()->bijectors())
      all.push_back(
          {"flow." + name, bijector->describe(), nn::parameter_count(*bijector), nn::matrix_flop(*bijector)});
    all.push_back({"total", fmt::format("base distribution N(0, I) of {} codes", latent_size()), parameters(),
                   nn::matrix_flop(*model_)});
    return all;
  }
  std::vector<Panel> panels() const override {
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
  std::int64_t parameters() const override { return nn::parameter_count(*model_); }

  bool has_likelihood() const override { return flow_has_begun_; }
  Likelihood likelihood() const override {
    expect_flow();
    return {.of = fmt::format("{} codes of its autoencoder", latent_size()),
            .dims = latent_size(),
            .dequantized = false};
  }
  flows::Flow& flow() override {
    expect_flow();
    return *model_->flow();
  }
  at::Tensor flow_input(const at::Tensor& batch) override { return autoencoder().encode(batch); }
  ood::Outputs detection() override {
    ood::Outputs model;
    if (flow_has_begun_)
      model = outputs_of(*model_->flow(), [this](const at::Tensor& x) { return flow_input(x); });
    add_autoencoder(model, autoencoder());
    return model;
  }

 private:
  Autoencoder& autoencoder() const { return *model_->autoencoder(); }
  void expect_flow() const {
    if (!flow_has_begun_)
      throw fail("this run has trained its autoencoder only, its flow not yet: continue it with --resume");
  }

  std::shared_ptr<LatentFlow> model_;
  autoencoders::LatentTrainingOptions options_;
  bool flow_has_begun_ = true;
};

}  // namespace

std::shared_ptr<Model> make_autoencoder(Config& config, const Shape& shape) {
  return std::make_shared<AutoencoderModel>(
      shape, std::make_shared<Autoencoder>(read_autoencoder(config, shape)), read_descent(config));
}

std::shared_ptr<Model> make_latent_real_nvp(Config& config, const Shape& shape) {
  const auto train = read_train(config);
  autoencoders::LatentFlowOptions options{.autoencoder = read_autoencoder(config, shape), .seed = train.seed};
  if (options.autoencoder.latent < 2) throw usage("a flow needs at least 2 dimensions: set model.latent = 2");
  options.couplings = config.get_int("model.couplings", 8, {.min = 1, .max = 1000});
  options.hidden = config.get_int("model.flow_hidden", 1024, {.min = 1, .max = 65536});
  options.kind = read_coupling(config);
  if (train.epochs < 2)
    throw usage("train.epochs = {}: expected at least 2, for the autoencoder and then the flow",
                train.epochs);
  const auto autoencoder_epochs =
      config.get_int("train.autoencoder_epochs", train.epochs / 2, {.min = 1, .max = train.epochs - 1});
  return std::make_shared<LatentFlowModel>(
      shape, std::make_shared<LatentFlow>(options),
      autoencoders::LatentTrainingOptions{
          .autoencoder_epochs = autoencoder_epochs, .descent = read_descent(config), .seed = train.seed});
}

}  // namespace pushforward::models
