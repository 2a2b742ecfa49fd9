#include "pushforward/models/spline_model.h"

#include "pushforward/core/error.h"
#include "pushforward/flows/spline_flow.h"
#include "pushforward/models/conditional.h"
#include "pushforward/models/flow_model.h"

namespace pushforward::models {

Unfinished make_spline(const Config& config, const Shape& shape) {
  if (shape.dims() < 2) throw usage("couplings need at least 2 dimensions, the data have {}", shape.text());
  const auto flow =
      flows::spline_flow({.dims = shape.dims(),
                          .hidden = config.get_int("model.hidden", 256, {.min = 1, .max = 65536}),
                          .depth = config.get_int("model.hidden_layers", 2, {.min = 1, .max = 100}),
                          .couplings = config.get_int("model.couplings", 8, {.min = 1, .max = 1000}),
                          .pixels = read_pixels(config, shape),
                          .condition = read_condition(config),
                          .seed = read_train(config).seed});
  return make_flow("spline", flow, config, shape);
}

}  // namespace pushforward::models
