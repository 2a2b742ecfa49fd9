#include "pushforward/models/settings.h"

#include "pushforward/core/error.h"

namespace pushforward::models {

std::string Shape::text() const {
  return points() ? fmt::format("{} numbers", numbers) : fmt::format("{}×{}×{}", channels, height, width);
}

Shape read_shape(const Config& config) {
  const auto data = read_data(config);
  const bool toy = data.set.toy() != nullptr;
  if (config.has("model.dims") || (toy && !config.has("model.height"))) {
    return Shape::of_points(config.get_int("model.dims", 2, {.min = 1, .max = 4096}));
  }
  const Config::IntRange side{.min = 1, .max = 4096};
  const auto usual = data.resize > 0 ? data.resize : 28;
  return {.channels = config.get_int("model.channels", 1, {.min = 1, .max = 3}),
          .height = config.get_int("model.height", usual, side),
          .width = config.get_int("model.width", usual, side)};
}

void propose_shape(Config& config, const Shape& shape) {
  const auto propose = [&](const char* key, std::int64_t value) {
    if (!config.has(key)) config.set(key, value);
  };
  if (shape.points()) return propose("model.dims", shape.numbers);
  propose("model.channels", shape.channels);
  propose("model.height", shape.height);
  propose("model.width", shape.width);
}

namespace {

data::Reading read_reading(const Config& config) {
  data::Reading reading;
  reading.strict = config.get_bool("data.strict", false);
  const auto background = config.get_string("data.background", "");
  if (!background.empty()) reading.background = data::colour(background);
  reading.upright = config.get_bool("data.upright", false);
  reading.mode =
      data::resize_mode(config.get_choice("data.resize_mode", "pillow-bilinear", data::resize_mode_names()));
  return reading;
}

}  // namespace

DataSettings read_data(const Config& config) {
  return {.set = data::Spec(config.get_string("data.name", "fashion-mnist")).with(read_reading(config)),
          .validation = config.get_double("data.validation", 0.2, {.min = 0, .max = 0.9}),
          .test_held_out = config.get_choice("data.held_out", "split", {"split", "test"}) == "test",
          .share = config.get_double("data.share", 1, {.min = 1e-6, .max = 1}),
          .shuffle = config.get_bool("data.shuffle", true),
          .resize = config.get_int("data.resize", 0, {.min = 0, .max = 4096})};
}

TrainSettings read_train(const Config& config) {
  TrainSettings s;
  s.epochs = config.get_int("train.epochs", 10, {.min = 1, .max = 1'000'000});
  s.batch = config.get_int("train.batch", 128, {.min = 1, .max = 1'000'000});
  s.seed = static_cast<std::uint64_t>(config.get_int("train.seed", 0, {.min = 0}));
  s.schedule.learning_rate = config.get_double("train.learning_rate", 1e-3, {.min = 1e-12, .max = 10});
  s.schedule.decay = train::decay_of(config.get_choice("train.schedule", "constant", train::decay_names()));
  s.schedule.warmup = config.get_int("train.warmup_steps", 0, {.min = 0});
  s.ema_decay = config.get_double("train.ema", 0, {.min = 0, .max = 0.999999});
  s.precision = ops::precision_of(config.get_choice("train.precision", "float32", ops::precision_names()));
  s.measure_every = config.get_int("train.measure_every", 1, {.min = 1, .max = 1'000'000});
  s.fid_every = config.get_int("train.fid_every", 0, {.min = 0, .max = 1'000'000});
  s.fid_features = config.get_string("train.fid_features", "");
  s.checkpoint_seconds = config.get_double("train.checkpoint_seconds", 60, {.min = 0});
  return s;
}

nn::OptimiserOptions read_optimiser(const Config& config, double learning_rate, double usual_beta1) {
  const auto share = [&](const char* key, double usual) {
    return config.get_double(key, usual, {.min = 0, .max = 0.999999});
  };
  const ops::AdamOptions adam{.learning_rate = learning_rate,
                              .beta1 = share("train.beta1", usual_beta1),
                              .beta2 = share("train.beta2", 0.999),
                              .epsilon = config.get_double("train.epsilon", 1e-8, {.min = 1e-20, .max = 1})};
  const ops::RmsPropOptions rmsprop{
      .learning_rate = learning_rate, .alpha = share("train.alpha", 0.99), .epsilon = adam.epsilon};
  const ops::MuonOptions muon{
      .learning_rate = learning_rate, .momentum = share("train.momentum", 0.95), .adam = adam};
  const auto name = config.get_choice("train.optimiser", "adam", {"adam", "rmsprop", "muon"});
  if (name == "muon") return muon;
  if (name == "rmsprop") return rmsprop;
  return adam;
}

nn::DescentOptions read_descent(const Config& config) {
  const auto train = read_train(config);
  return {.optimiser = read_optimiser(config, train.schedule.learning_rate),
          .clip_norm = config.get_double("train.clip_norm", 0, {.min = 0}),
          .ema_decay = train.ema_decay};
}

}  // namespace pushforward::models
