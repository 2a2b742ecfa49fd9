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

gans::AdversarialOptions read_options(const Config& config, gans::Space space) {
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
      .generator = read_optimiser(config, train.schedule.learning_rate, 0.5),
      .critic = read_optimiser(config, critic_rate > 0 ? critic_rate : train.schedule.learning_rate, 0.5),
      .generator_first = config.get_bool("gan.generator_first", false),
      .ema_decay = train.ema_decay,
      .space = space,
      .seed = train.seed};
}

gans::CriticNorm read_critic_norm(const Config& config, const std::string& fallback,
                                  const std::vector<std::string>& choices) {
  const auto name = config.get_choice("model.critic_norm", fallback, choices);
  return name == "batch"  ? gans::CriticNorm::batch
         : name == "none" ? gans::CriticNorm::none
                          : gans::CriticNorm::spectral;
}

constexpr const char* penalty_on_mixed =
    "the penalty is on the critic's slope at single images, which its batch norm mixes; train with "
    "model.critic_norm = none";

/// A generator, its critic, and how they are trained.
struct Pair {
  std::shared_ptr<gans::Generator> generator;
  std::shared_ptr<gans::Critic> critic;
  gans::AdversarialOptions options;
  gans::CriticNorm norm;

  /// Both networks' tensors in one list, the critic's behind `critic_prefix`.
  nn::NamedTensors state(const std::string& critic_prefix) const {
    nn::NamedTensors all;
    nn::append(all, "generator.", nn::named_state(*generator));
    nn::append(all, critic_prefix, nn::named_state(*critic));
    return all;
  }
};

double iteration_flop(const Pair& pair) {
  const double g = pair.generator->forward_flop(), d = pair.critic->forward_flop(),
               steps = static_cast<double>(pair.options.schedule.n_critic());
  // Generator forward and backward, and the critic's data gradient; with a generator that goes first the
  // critic's look at the fakes serves both.
  const double update = 3 * g + (pair.options.generator_first ? 1 : 2) * d;
  const double fakes = pair.options.generator_first ? steps - 1 : steps;
  const double penalty =
      pair.options.regulariser.penalty ? 4 * d : 0;  // forward, data gradient, and that one's two gradients
  return update + fakes * g + steps * (6 * d + penalty);
}

void take_weights(const Pair& pair, const Weights& weights) {
  if (weights.names == Weights::Names::pytorch)
    return checkpoint::restore(weights.file, pair.state("discriminator."), "the model");
  const auto averaged = checkpoint::select(weights.file, "ema.");
  checkpoint::restore(averaged.tensors.empty() ? checkpoint::select(weights.file, "generator.") : averaged,
                      nn::named_state(*pair.generator), "the run's generator");
  checkpoint::restore(checkpoint::select(weights.file, "critic."), nn::named_state(*pair.critic),
                      "the run's critic");
}

std::vector<Layer> layers_of(const Shape& shape, const Pair& pair) {
  std::vector<Layer> all;
  append_matrices(all, *pair.generator, "generator.");
  all.push_back({"generator", fmt::format("{} latents → {}", pair.generator->latent(), shape.text()),
                 nn::parameter_count(*pair.generator), pair.generator->forward_flop()});
  append_matrices(all, *pair.critic, "discriminator.");
  all.push_back({"discriminator", pair.options.objective.output, nn::parameter_count(*pair.critic),
                 pair.critic->forward_flop()});
  return all;
}

std::vector<std::string> verdict(const Pair& pair, const std::vector<Json>& metrics) {
  auto all = gan_verdict(metrics, pair.options.objective);
  if (pair.norm == gans::CriticNorm::batch && pair.options.regulariser.penalty)
    all.emplace_back(penalty_on_mixed);
  return all;
}

Model record_of(const Shape& shape, const Pair& pair) {
  const auto decode = [pair](const at::Tensor& latents, const SampleOptions& how) {
    const auto statistics = how.batch_statistics ? gans::Statistics::batch : gans::Statistics::running;
    return gans::from_network(gans::generate(*pair.generator, latents, statistics), pair.options.space)
        .contiguous();
  };
  return {.shape = shape,
          .name = "gan, " + pair.options.objective.name,
          .training = {.make =
                           [pair] {
                             return std::make_unique<gans::Adversarial>(pair.generator, pair.critic,
                                                                        pair.options);
                           },
                       .vectors = false,
                       .monitored = true,
                       .steps_an_iteration = pair.options.schedule.n_critic(),
                       .iteration_flop = iteration_flop(pair)},
          .weights = [pair] { return pair.state("critic."); },
          .exported = [pair] { return pair.state("discriminator."); },  // as the study names it
          .parameters = nn::parameter_count(*pair.generator) + nn::parameter_count(*pair.critic),
          .layers = layers_of(shape, pair),
          .panels = gan_panels(pair.options),
          .verdict = [pair](const auto& metrics) { return verdict(pair, metrics); },
          .sampler = Sampler{.latent_size = pair.generator->latent(),
                             .pictures = shape.points() ? 10'000 : 25,
                             .decode = decode}};
}

Unfinished make(const Config& config, const Shape& shape, std::shared_ptr<gans::Generator> generator,
                std::shared_ptr<gans::Critic> critic, gans::CriticNorm norm) {
  auto options = read_options(config, shape.points() ? gans::Space::points : gans::Space::images);
  const Pair pair{std::move(generator), std::move(critic), std::move(options), norm};
  return [shape, pair](const std::optional<Weights>& weights) {
    if (weights) take_weights(pair, *weights);
    return record_of(shape, pair);
  };
}

Unfinished make_dcgan(const Config& config, const Shape& shape) {
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

Unfinished make_mlp_gan(const Config& config, const Shape& shape) {
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

Unfinished make_gan(const Config& config, const Shape& shape) {
  return shape.points() ? make_mlp_gan(config, shape) : make_dcgan(config, shape);
}

void complete_gan(Config& config, const Examples& set) {
  if (set.shape.points() && !config.has("model.scale")) config.set("model.scale", scale_of(set));
}

}  // namespace pushforward::models
