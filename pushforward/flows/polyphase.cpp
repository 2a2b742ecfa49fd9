#include "pushforward/flows/polyphase.h"

#include "pushforward/core/error.h"
#include "pushforward/core/random.h"
#include "pushforward/flows/autoregressive_image.h"
#include "pushforward/flows/coupling.h"
#include "pushforward/flows/preprocessing.h"
#include "pushforward/flows/squeeze.h"

namespace pushforward::flows {
namespace {

/// Over the channels that Squeeze makes, of which those with `phases` are left (0: x₀₀, 1: x₀₁, 2: x₁₀, 3:
/// x₁₁), true but for the phase that goes.
std::vector<bool> all_but(std::int64_t goes, const std::vector<std::int64_t>& phases, std::int64_t colours) {
  std::vector<bool> mask;
  for (std::int64_t colour = 0; colour < colours; ++colour)
    for (const auto phase : phases) mask.push_back(phase != goes);
  return mask;
}

}  // namespace

std::shared_ptr<Flow> polyphase(const PolyphaseOptions& options) {
  PF_CHECK(options.event.size() == 3, "[polyphase] expected images, got an event of {} axes",
           options.event.size());
  PF_CHECK(options.scales >= 1, "[polyphase] expected at least one scale, got {}", options.scales);
  auto init = nn::generator(stream_key(options.seed, "init"));
  auto event = options.event;
  Flow::Bijectors layers;
  for (std::int64_t scale = 0; scale < options.scales; ++scale) {
    layers.push_back(std::make_shared<Squeeze>());
    event = {event[0], event[1] / 2, event[2] / 2};
    std::vector<std::int64_t> phases{0, 1, 2, 3};
    for (const std::int64_t goes : {2, 1, 3}) {
      const auto mask = all_but(goes, phases, event[0]);
      layers.push_back(std::make_shared<Coupling>(CouplingOptions{.mask = mask,
                                                                  .hidden = options.hidden,
                                                                  .depth = options.layers,
                                                                  .transformer = options.transformer,
                                                                  .conditioner = "resnet",
                                                                  .condition = options.condition,
                                                                  .mirror = options.mirror},
                                                  init));
      layers.push_back(std::make_shared<SplitByMask>(mask));
      std::erase(phases, goes);
    }
  }
  layers.push_back(std::make_shared<AutoregressiveImage>(
      AutoregressiveImageOptions{.event = event,
                                 .hidden = options.base_hidden,
                                 .layers = options.base_layers,
                                 .mirror = options.mirror && event[2] > 1,
                                 .transformer = options.transformer,
                                 .condition = options.condition},
      init));
  return std::make_shared<Flow>(options.event, Flow::Bijectors{std::make_shared<Dequantize>()}, layers);
}

}  // namespace pushforward::flows
