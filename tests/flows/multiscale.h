// The smallest flow of images on two scales.
#pragma once

#include "pushforward/flows/actnorm.h"
#include "pushforward/flows/coupling.h"
#include "pushforward/flows/flow.h"
#include "pushforward/flows/squeeze.h"

namespace pushforward::flows {

/// {1, 4, 4} → squeeze → {4, 2, 2} → activation norm, two couplings → split → {2, 2, 2} → activation norm, a
/// coupling: 8 latents leave, 8 stay to the end.
inline std::shared_ptr<Flow> multiscale(std::int64_t condition = 0) {
  auto init = nn::generator(1);
  const auto coupling = [&](std::vector<bool> mask) {
    return std::make_shared<Coupling>(
        CouplingOptions{.mask = std::move(mask), .hidden = 8, .conditioner = "conv", .condition = condition},
        init);
  };
  return std::make_shared<Flow>(
      Event{1, 4, 4}, Flow::Bijectors{},
      Flow::Bijectors{std::make_shared<Squeeze>(), std::make_shared<ActNorm>(4),
                      coupling({true, true, false, false}), coupling({false, false, true, true}),
                      std::make_shared<Split>(), std::make_shared<ActNorm>(2), coupling({true, false})});
}

}  // namespace pushforward::flows
