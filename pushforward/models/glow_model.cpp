#include "pushforward/models/glow_model.h"

#include "pushforward/flows/glow.h"
#include "pushforward/models/conditional.h"
#include "pushforward/models/flow_model.h"
#include "pushforward/models/image_flow.h"

namespace pushforward::models {

Unfinished make_glow(const Config& config, const Shape& shape) {
  flows::GlowOptions options{.seed = read_train(config).seed};
  options.scales = config.get_int("model.scales", options.scales, {.min = 1, .max = 8});
  options.steps = config.get_int("model.steps", options.steps, {.min = 1, .max = 1000});
  options.hidden = config.get_int("model.hidden", options.hidden, {.min = 1, .max = 65536});
  options.layers = config.get_int("model.layers", options.layers, {.min = 1, .max = 1000});
  options.transformer = read_coupling(config, "model.coupling", options.transformer);
  options.conditioner = config.get_choice("model.conditioner", options.conditioner, {"conv", "resnet"});
  options.learned_prior = config.get_bool("model.learned_prior", options.learned_prior);
  options.variational = config.get_bool("model.variational", options.variational);
  options.dequantize = config.get_bool("model.dequantize", options.dequantize);
  options.condition = read_condition(config);
  options.event = image_event(shape, "glow", options.scales);
  return make_flow("glow", flows::glow(options), config, shape);
}

}  // namespace pushforward::models
