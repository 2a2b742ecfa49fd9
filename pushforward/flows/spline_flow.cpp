#include "pushforward/flows/spline_flow.h"

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/flows/actnorm.h"
#include "pushforward/flows/coupling.h"

namespace pushforward::flows {

std::shared_ptr<Flow> spline_flow(const SplineFlowOptions& options) {
  PF_CHECK(options.dims >= 2, "[spline_flow] expected at least 2 dimensions to couple, got {}", options.dims);
  PF_CHECK(options.couplings >= 1, "[spline_flow] expected at least one coupling, got {}", options.couplings);
  auto init = nn::generator(stream_key(options.seed, "init"));
  Flow::Bijectors layers;
  for (std::int64_t i = 0; i < options.couplings; ++i) {
    layers.push_back(std::make_shared<ActNorm>(options.dims));
    layers.push_back(std::make_shared<Coupling>(CouplingOptions{.mask = alternating_mask(options.dims, i),
                                                                .hidden = options.hidden,
                                                                .depth = options.depth,
                                                                .transformer = "spline",
                                                                .condition = options.condition},
                                                init));
  }
  return std::make_shared<Flow>(Event{options.dims}, pixel_preprocessing(options.pixels), std::move(layers));
}

}  // namespace pushforward::flows
