#include "pushforward/models/maf_model.h"

#include "pushforward/flows/maf.h"
#include "pushforward/models/conditional.h"
#include "pushforward/models/flow_model.h"

namespace pushforward::models {

Unfinished make_maf(const Config& config, const Shape& shape) {
  const auto choice = [&](const char* key, const char* usual, const char* other) {
    return config.get_choice(key, usual, {usual, other});
  };
  const bool sampling = choice("model.parallel", "density", "sampling") == "sampling";
  const flows::MaskedAutoregressiveOptions layer{
      .dims = shape.dims(),
      .hidden = config.get_int("model.hidden", 1024, {.min = 1, .max = 65536}),
      .depth = config.get_int("model.hidden_layers", 1, {.min = 1, .max = 100}),
      .transformer = read_coupling(config, "model.transformer"),
      .parallel = sampling ? flows::Parallel::sampling : flows::Parallel::density,
      .condition = read_condition(config)};
  const auto flow = flows::maf({.layer = layer,
                                .layers = config.get_int("model.layers", 5, {.min = 1, .max = 1000}),
                                .random_orders = choice("model.order", "reversed", "random") == "random",
                                .pixels = read_pixels(config, shape),
                                .seed = read_train(config).seed});
  return make_flow("maf", flow, config, shape);
}

}  // namespace pushforward::models
