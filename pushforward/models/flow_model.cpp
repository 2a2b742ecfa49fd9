#include "pushforward/models/flow_model.h"

#include "pushforward/checkpoint/restore.h"
#include "pushforward/core/error.h"
#include "pushforward/flows/masked_state.h"
#include "pushforward/flows/models.h"
#include "pushforward/models/saved_weights.h"
#include "pushforward/models/scoring.h"
#include "pushforward/nn/maximum_likelihood.h"
#include "pushforward/nn/size.h"

namespace pushforward::models {
namespace {

class FlowModel : public Model {
 public:
  FlowModel(const Shape& shape, std::shared_ptr<flows::Flow> flow,
            const nn::MaximumLikelihoodOptions& training)
      : Model(shape), flow_(std::move(flow)), training_(training) {}

  std::string name() const override { return "realnvp"; }
  std::unique_ptr<nn::Trainable> trainable() override {
    return std::make_unique<nn::MaximumLikelihood>(flow_, training_);
  }
  bool takes_vectors() const override { return true; }
  std::string best_by() const override { return "log_likelihood"; }
  double iteration_flop() const override { return 3 * nn::matrix_flop(*flow_); }

  std::int64_t latent_size() const override { return flow_->dims(); }
  at::Tensor decode(const at::Tensor& latents, const SampleOptions& options) override {
    if (options.batch_statistics) throw usage("batch statistics are for models with batch normalisation");
    const at::NoGradGuard no_grad;
    return flow_->decode(latents).value.contiguous();
  }

  void load(const checkpoint::File& file) override {
    checkpoint::restore(saved_weights(file), nn::named_state(*flow_), "the run's model");
  }
  nn::NamedTensors exported() override { return flows::full_state(*flow_); }
  void import(const checkpoint::File& file) override {
    try {
      flows::load_full_state(*flow_, file.tensors);
    } catch (const Error& error) {
      throw fail("{}: {}", file.path, error.what());
    }
  }

  std::vector<Layer> layers() const override {
    std::vector<Layer> all;
    for (const auto& [name, bijector] : flow_->bijectors())
      all.push_back({name, bijector->describe(), nn::parameter_count(*bijector), nn::matrix_flop(*bijector)});
    all.push_back({"total", fmt::format("base distribution N(0, I) in {} dimensions", flow_->dims()),
                   nn::parameter_count(*flow_), nn::matrix_flop(*flow_)});
    return all;
  }
  std::vector<Panel> panels() const override {
    const std::string axis = "mean log p(x) (nats)";
    return {
        {.file = "curves",
         .title = "Log-likelihood by epoch",
         .y_label = axis,
         .caption = "The training curve is the mean over the epoch while the weights move; the held-out one "
                    "is taken at its end.",
         .lines = {{"train", "log_likelihood", "training (mean over the epoch)"},
                   {"held_out", "log_likelihood", "held out (at its end)"}}},
        {.file = "steps",
         .title = "Log-likelihood by step",
         .y_label = axis,
         .caption =
             "Training batches: the median of neighbours and the band from the 10th to the 90th percentile.",
         .lines = {{"", "log_likelihood", "training batch"}}}};
  }
  std::int64_t parameters() const override { return nn::parameter_count(*flow_); }
  bool has_likelihood() const override { return true; }
  Likelihood likelihood() const override {
    return {.of = shape().points() ? "points" : "pixels",
            .dims = flow_->dims(),
            .dequantized = flow_->dequantizes()};
  }
  flows::Flow& flow() override { return *flow_; }
  ood::Outputs detection() override { return outputs_of(*flow_); }

 private:
  std::shared_ptr<flows::Flow> flow_;
  nn::MaximumLikelihoodOptions training_;
};

}  // namespace

flows::CouplingKind read_coupling(Config& config) {
  return config.get_choice("model.coupling", "affine", {"affine", "additive"}) == "affine"
             ? flows::CouplingKind::affine
             : flows::CouplingKind::additive;
}

std::shared_ptr<Model> make_real_nvp(Config& config, const Shape& shape) {
  if (shape.dims() < 2) throw usage("a flow needs at least 2 dimensions, the data have {}", shape.text());
  flows::RealNvpOptions options{.dims = shape.dims(), .seed = read_train(config).seed};
  options.couplings = config.get_int("model.couplings", 8, {.min = 1, .max = 1000});
  options.hidden = config.get_int("model.hidden", 1024, {.min = 1, .max = 65536});
  options.kind = read_coupling(config);
  options.dequantize = config.get_bool("model.dequantize", false);
  options.logit_alpha = config.get_double("model.logit_alpha", 0, {.min = 0, .max = 0.499});
  if (shape.points() && (options.dequantize || options.logit_alpha > 0))
    throw usage("model.dequantize and model.logit_alpha are for pixels, the data are points");
  return std::make_shared<FlowModel>(
      shape, flows::real_nvp(options),
      nn::MaximumLikelihoodOptions{.descent = read_descent(config), .seed = options.seed});
}

}  // namespace pushforward::models
