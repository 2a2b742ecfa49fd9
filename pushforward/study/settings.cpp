#include "pushforward/study/settings.h"

#include "pushforward/core/error.h"
#include "pushforward/flows/models.h"

namespace pushforward::study {
namespace {

using Maker = std::shared_ptr<flows::Flow> (*)(Config&, const Shape&, std::uint64_t seed);

std::shared_ptr<flows::Flow> make_real_nvp(Config& config, const Shape& shape, std::uint64_t seed) {
  flows::RealNvpOptions options{.dims = shape.dims(), .seed = seed};
  options.couplings = config.get_int("model.couplings", 8, {.min = 1, .max = 1000});
  options.hidden = config.get_int("model.hidden", 1024, {.min = 1, .max = 65536});
  options.kind = config.get_choice("model.coupling", "affine", {"affine", "additive"}) == "affine"
                     ? flows::CouplingKind::affine
                     : flows::CouplingKind::additive;
  options.dequantize = config.get_bool("model.dequantize", false);
  options.logit_alpha = config.get_double("model.logit_alpha", 0, {.min = 0, .max = 0.499});
  return flows::real_nvp(options);
}

struct Kind {
  const char* name;
  Maker make;
};

// A new kind of model is one line here.
constexpr Kind kinds[] = {{"realnvp", make_real_nvp}};

std::uint64_t read_seed(Config& config) {
  return static_cast<std::uint64_t>(config.get_int("train.seed", 0, {.min = 0}));
}

}  // namespace

std::string Shape::text() const {
  return fmt::format("{}×{}×{}", channels, height, width);
}

Shape read_shape(Config& config) {
  const Config::IntRange side{.min = 1, .max = 4096};
  return {.channels = config.get_int("model.channels", 1, {.min = 1, .max = 3}),
          .height = config.get_int("model.height", 28, side),
          .width = config.get_int("model.width", 28, side)};
}

DataSettings read_data(Config& config) {
  return {.name = config.get_string("data.name", "fashion-mnist"),
          .validation = config.get_double("data.validation", 0.2, {.min = 0, .max = 0.9})};
}

TrainSettings read_train(Config& config) {
  TrainSettings s;
  s.epochs = config.get_int("train.epochs", 10, {.min = 1, .max = 1'000'000});
  s.batch = config.get_int("train.batch", 128, {.min = 1, .max = 1'000'000});
  s.seed = read_seed(config);
  s.schedule.learning_rate = config.get_double("train.learning_rate", 1e-3, {.min = 1e-12, .max = 10});
  s.schedule.decay = train::decay_of(config.get_choice("train.schedule", "constant", train::decay_names()));
  s.schedule.warmup = config.get_int("train.warmup_steps", 0, {.min = 0});
  s.step.adam.beta1 = config.get_double("train.beta1", 0.9, {.min = 0, .max = 0.999999});
  s.step.adam.beta2 = config.get_double("train.beta2", 0.999, {.min = 0, .max = 0.999999});
  s.step.adam.epsilon = config.get_double("train.epsilon", 1e-8, {.min = 1e-20, .max = 1});
  s.step.clip_norm = config.get_double("train.clip_norm", 0, {.min = 0});
  s.step.ema_decay = config.get_double("train.ema", 0, {.min = 0, .max = 0.999999});
  s.step.seed = s.seed;
  s.checkpoint_seconds = config.get_double("train.checkpoint_seconds", 60, {.min = 0});
  return s;
}

std::shared_ptr<flows::Flow> make_model(Config& config) {
  std::vector<std::string> names;
  for (const auto& kind : kinds) names.emplace_back(kind.name);
  const auto name = config.get_choice("model.kind", names.front(), names);
  const auto shape = read_shape(config);
  if (shape.dims() < 2)
    throw usage("model.height × model.width × model.channels = {}: a flow needs at least 2", shape.dims());
  for (const auto& kind : kinds)
    if (name == kind.name) return kind.make(config, shape, read_seed(config));
  throw usage("model.kind = {}: unknown", name);
}

}  // namespace pushforward::study
