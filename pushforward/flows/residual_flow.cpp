#include "pushforward/flows/residual_flow.h"

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/flows/actnorm.h"
#include "pushforward/flows/preprocessing.h"
#include "pushforward/flows/squeeze.h"

namespace pushforward::flows {

std::shared_ptr<Flow> residual_flow(const ResidualFlowOptions& options) {
  PF_CHECK(options.blocks >= 1, "[residual flow] expected at least one block, got {}", options.blocks);
  const bool image = options.event.size() == 3;
  PF_CHECK(options.scales == 1 || (image && options.scales > 1), "[residual flow] expected 1 scale{}, got {}",
           image ? " or more" : " of points", options.scales);
  auto init = nn::generator(stream_key(options.seed, "init"));
  Flow::Bijectors preprocessing, layers;
  if (options.dequantize) preprocessing.push_back(std::make_shared<Dequantize>());
  if (options.logit_alpha != 0) preprocessing.push_back(std::make_shared<Logit>(options.logit_alpha));
  auto net = options.net;
  net.event = options.event;
  for (std::int64_t scale = 0; scale < options.scales; ++scale) {
    if (image) {
      layers.push_back(std::make_shared<Squeeze>());
      net.event = layers.back()->output(net.event);
    }
    for (std::int64_t i = 0; i < options.blocks; ++i) {
      layers.push_back(std::make_shared<ActNorm>(net.event[0]));
      layers.push_back(std::make_shared<ResidualBlock>(net, options.log_det, init));
    }
  }
  layers.push_back(std::make_shared<ActNorm>(net.event[0]));
  return std::make_shared<Flow>(options.event, std::move(preprocessing), std::move(layers));
}

}  // namespace pushforward::flows
