#include "pushforward/models/gan_model.h"

#include "pushforward/checkpoint/restore.h"
#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/gans/adversarial.h"
#include "pushforward/gans/dcgan.h"
#include "pushforward/gans/mlp.h"
#include "pushforward/models/gan_panels.h"
#include "pushforward/nn/size.h"

namespace pushforward::models {
namespace {

/// The keys of both are read, so that `--set train.optimiser` changes a preset whose other keys are the
/// other's.
nn::OptimiserOptions read_optimiser(Config& config, double learning_rate) {
  auto adam = read_adam(config, 0.5);
  adam.learning_rate = learning_rate;
  const ops::RmsPropOptions rmsprop{
      .learning_rate = learning_rate,
      .alpha = config.get_double("train.alpha", 0.99, {.min = 0, .max = 0.999999}),
      .epsilon = adam.epsilon};
  if (config.get_choice("train.optimiser", "adam", {"adam", "rmsprop"}) == "adam") return adam;
  return rmsprop;
}

gans::AdversarialOptions read_options(Config& config, gans::Space space) {
  const auto train = read_train(config);
  const double critic_rate = config.get_double("train.critic_learning_rate", 0, {.min = 0, .max = 10});
  const auto strength = config.get_double("gan.strength", 0, {.min = 0, .max = 1e6});
  const auto regulariser = config.get_choice("gan.regulariser", "none", gans::regulariser_names());
  if (regulariser == "none" && strength > 0)
    throw usage("gan.strength = {}: there is no gan.regulariser that it could be of, set it to 0", strength);
  return {
      .objective =
          gans::objective(config.get_choice("gan.objective", "non_saturating", gans::objective_names())),
      .regulariser = gans::regulariser(regulariser, strength > 0 ? std::optional(strength) : std::nullopt),
      .schedule = gans::CriticSchedule(config.get_int("gan.n_critic", 1, {.min = 1, .max = 10'000}),
                                       config.get_bool("gan.warm_up", false)),
      .generator = read_optimiser(config, train.schedule.learning_rate),
      .critic = read_optimiser(config, critic_rate > 0 ? critic_rate : train.schedule.learning_rate),
      .generator_first = config.get_bool("gan.generator_first", false),
      .ema_decay = train.ema_decay,
      .space = space,
      .seed = train.seed};
}

gans::CriticNorm read_critic_norm(Config& config, const std::string& fallback,
                                  const std::vector<std::string>& choices) {
  const auto name = config.get_choice("model.critic_norm", fallback, choices);
  return name == "batch"  ? gans::CriticNorm::batch
         : name == "none" ? gans::CriticNorm::none
                          : gans::CriticNorm::spectral;
}

constexpr const char* penalty_on_mixed =
    "the penalty is on the critic's slope at single images, which its batch norm mixes; train with "
    "model.critic_norm = none";

class GanModel : public Model {
 public:
  GanModel(const Shape& shape, std::shared_ptr<gans::Generator> generator,
           std::shared_ptr<gans::Critic> critic, gans::AdversarialOptions options, gans::CriticNorm norm)
      : Model(shape),
        generator_(std::move(generator)),
        critic_(std::move(critic)),
        options_(std::move(options)),
        norm_(norm) {}

  std::string name() const override { return "gan, " + options_.objective.name; }
  std::unique_ptr<nn::Trainable> trainable() override {
    return std::make_unique<gans::Adversarial>(generator_, critic_, options_);
  }
  bool takes_vectors() const override { return false; }
  std::string best_by() const override { return ""; }
  bool is_monitored() const override { return true; }
  std::int64_t pictures() const override { return shape().points() ? 10'000 : 25; }
  std::int64_t steps_an_iteration() const override { return options_.schedule.n_critic(); }

  double iteration_flop() const override {
    const double g = generator_->forward_flop(), d = critic_->forward_flop(),
                 steps = static_cast<double>(options_.schedule.n_critic());
    // Generator forward and backward, and the critic's data gradient; with a generator that goes first the
    // critic's look at the fakes serves both.
    const double update = 3 * g + (options_.generator_first ? 1 : 2) * d;
    const double fakes = options_.generator_first ? steps - 1 : steps;
    const double penalty =
        options_.regulariser.penalty ? 4 * d : 0;  // forward, data gradient, and that one's two gradients
    return update + fakes * g + steps * (6 * d + penalty);
  }

  std::int64_t latent_size() const override { return generator_->latent(); }
  at::Tensor decode(const at::Tensor& latents, const SampleOptions& options) override {
    const auto statistics = options.batch_statistics ? gans::Statistics::batch : gans::Statistics::running;
    return gans::from_network(gans::generate(*generator_, latents, statistics), options_.space).contiguous();
  }

  void load(const checkpoint::File& file) override {
    const auto averaged = checkpoint::select(file, "ema.");
    checkpoint::restore(averaged.tensors.empty() ? checkpoint::select(file, "generator.") : averaged,
                        nn::named_state(*generator_), "the run's generator");
    checkpoint::restore(checkpoint::select(file, "critic."), nn::named_state(*critic_), "the run's critic");
  }
  nn::NamedTensors exported() override { return both(); }
  void import(const checkpoint::File& file) override { checkpoint::restore(file, both(), "the model"); }

  std::vector<Layer> layers() const override {
    std::vector<Layer> all;
    const auto add = [&](const std::string& name, const nn::Module& network, double flop,
                         const std::string& what) {
      for (const auto& item : network.named_parameters())
        if (item.value().dim() > 1)
          all.push_back({name + "." + item.key(), fmt::format("[{}]", fmt::join(item.value().sizes(), ", ")),
                         item.value().numel(), 0});
      all.push_back({name, what, nn::parameter_count(network), flop});
    };
    add("generator", *generator_, generator_->forward_flop(),
        fmt::format("{} latents → {}", generator_->latent(), shape().text()));
    add("discriminator", *critic_, critic_->forward_flop(), options_.objective.output);
    return all;
  }

  std::vector<Panel> panels() const override { return gan_panels(options_); }
  std::vector<std::string> verdict(const std::vector<Json>& metrics) const override {
    auto all = gan_verdict(metrics, options_.objective);
    if (norm_ == gans::CriticNorm::batch && options_.regulariser.penalty) all.emplace_back(penalty_on_mixed);
    return all;
  }
  std::int64_t parameters() const override {
    return nn::parameter_count(*generator_) + nn::parameter_count(*critic_);
  }

 private:
  /// Both networks in one file, named as the study's.
  nn::NamedTensors both() const {
    nn::NamedTensors all;
    nn::append(all, "generator.", nn::named_state(*generator_));
    nn::append(all, "discriminator.", nn::named_state(*critic_));
    return all;
  }

  std::shared_ptr<gans::Generator> generator_;
  std::shared_ptr<gans::Critic> critic_;
  gans::AdversarialOptions options_;
  gans::CriticNorm norm_;
};

std::shared_ptr<Model> make(Config& config, const Shape& shape, std::shared_ptr<gans::Generator> generator,
                            std::shared_ptr<gans::Critic> critic, gans::CriticNorm norm) {
  auto options = read_options(config, shape.points() ? gans::Space::points : gans::Space::images);
  return std::make_shared<GanModel>(shape, std::move(generator), std::move(critic), std::move(options), norm);
}

std::shared_ptr<Model> make_dcgan(Config& config, const Shape& shape) {
  if (shape.height != shape.width)
    throw usage("an adversarial model takes square images, the data are {}: set data.resize", shape.text());
  gans::DcganOptions options{.size = shape.height, .channels = shape.channels};
  options.latent = config.get_int("model.latent", 100, {.min = 1, .max = 65536});
  options.width = config.get_int("model.filters", 64, {.min = 1, .max = 4096});
  options.initialisation =
      config.get_choice("model.initialisation", "pytorch", {"pytorch", "normal"}) == "normal"
          ? gans::Initialisation::normal
          : gans::Initialisation::pytorch;
  const auto norm = read_critic_norm(config, "batch", {"batch", "none", "spectral"});
  const auto seed = read_train(config).seed;
  return make(config, shape, gans::dcgan_generator(options, seed), gans::dcgan_critic(options, norm, seed),
              norm);
}

std::shared_ptr<Model> make_mlp_gan(Config& config, const Shape& shape) {
  const std::vector<std::int64_t> hidden(
      static_cast<std::size_t>(config.get_int("model.hidden_layers", 3, {.min = 1, .max = 100})),
      config.get_int("model.hidden", 256, {.min = 1, .max = 65536}));
  const auto norm = read_critic_norm(config, "none", {"none", "spectral"});
  const double scale = config.get_double("model.scale", 1, {.min = 1e-9, .max = 1e9});
  const auto seed = read_train(config).seed;
  auto generator_init = nn::generator(stream_key(seed, "generator init")),
       critic_init = nn::generator(stream_key(seed, "critic init"));
  return make(
      config, shape,
      std::make_shared<gans::MlpGenerator>(
          gans::MlpGeneratorOptions{.latent = config.get_int("model.latent", 2, {.min = 1, .max = 65536}),
                                    .hidden = hidden,
                                    .dims = shape.numbers,
                                    .scale = scale},
          generator_init),
      std::make_shared<gans::MlpCritic>(
          gans::MlpCriticOptions{.dims = shape.numbers,
                                 .hidden = hidden,
                                 .slope = config.get_double("model.slope", 0, {.min = 0, .max = 1}),
                                 .spectral_norm = norm == gans::CriticNorm::spectral,
                                 .scale = scale},
          critic_init),
      norm);
}

}  // namespace

std::shared_ptr<Model> make_gan(Config& config, const Shape& shape) {
  return shape.points() ? make_mlp_gan(config, shape) : make_dcgan(config, shape);
}

}  // namespace pushforward::models
