#include "pushforward/models/autoregressive_model.h"

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/flows/autoregressive_image.h"
#include "pushforward/flows/flow.h"
#include "pushforward/flows/preprocessing.h"
#include "pushforward/models/conditional.h"
#include "pushforward/models/flow_model.h"

namespace pushforward::models {

Unfinished make_autoregressive(const Config& config, const Shape& shape) {
  if (shape.points()) throw usage("an autoregressive flow of images takes images, the data are points");
  const flows::AutoregressiveImageOptions options{
      .event = {shape.channels, shape.height, shape.width},
      .hidden = config.get_int("model.hidden", 48, {.min = 1, .max = 4096}),
      .layers = config.get_int("model.layers", 5, {.min = 0, .max = 1000}),
      .mirror = config.get_bool("model.mirror", false),
      .condition = read_condition(config)};
  auto init = nn::generator(stream_key(read_train(config).seed, "init"));
  const auto flow = std::make_shared<flows::Flow>(
      options.event, flows::Flow::Bijectors{std::make_shared<flows::Dequantize>()},
      flows::Flow::Bijectors{std::make_shared<flows::AutoregressiveImage>(options, init)});
  return make_flow("autoregressive", flow, config, shape);
}

}  // namespace pushforward::models
