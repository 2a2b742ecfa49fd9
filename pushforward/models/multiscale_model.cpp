#include "pushforward/models/multiscale_model.h"

#include "pushforward/core/names.h"
#include "pushforward/flows/polyphase.h"
#include "pushforward/flows/transformer.h"
#include "pushforward/models/conditional.h"
#include "pushforward/models/flow_model.h"
#include "pushforward/models/image_flow.h"

namespace pushforward::models {

Unfinished make_multiscale(const Config& config, const Shape& shape) {
  const Config::IntRange size{.min = 1, .max = 65536};
  flows::PolyphaseOptions options{.seed = read_train(config).seed};
  options.scales = config.get_int("model.scales", options.scales, {.min = 1, .max = 8});
  options.hidden = config.get_int("model.hidden", options.hidden, size);
  options.layers = config.get_int("model.layers", options.layers, size);
  options.base_hidden = config.get_int("model.base_hidden", options.base_hidden, size);
  options.base_layers = config.get_int("model.base_layers", options.base_layers, size);
  options.transformer =
      config.get_choice("model.coupling", options.transformer, names_of(flows::transformers()));
  options.mirror = config.get_bool("model.mirror", options.mirror);
  options.condition = read_condition(config);
  options.event = image_event(shape, "multiscale", options.scales);
  return make_flow("multiscale", flows::polyphase(options), config, shape);
}

}  // namespace pushforward::models
