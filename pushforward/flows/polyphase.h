// Flows of images from coarse to fine, with parallel sampling.
#pragma once

#include <memory>

#include "pushforward/flows/flow.h"

namespace pushforward::flows {

struct PolyphaseOptions {
  Event event = {1, 28, 28};
  std::int64_t scales = 2;                            // times that the image is halved
  std::string transformer = "discretised_logistics";  // of transformers()
  std::int64_t hidden = 64, layers = 6;               // of the network of each phase
  std::int64_t base_hidden = 48, base_layers = 5;     // of the coarsest grid's
  bool mirror = false;         // networks see what is known mirrored as well, to within a grid's step
  std::int64_t condition = 0;  // numbers of the condition; 0: none
  std::uint64_t seed = 0;      // of the initial weights
};

/// Takes an image apart into the four phases of 2×2 squares and gives each of three its distribution given
/// those before it: the phase x₁₁ given x₀₀, x₀₁ given both, x₁₀ given all (a polyphase decomposition with
/// couplings). Each leaves as latents; x₀₀, the image of half the side, is taken apart in the same way, and
/// the last is a `AutoregressiveImage`. Networks work on the grid of a phase.
/// Decoding takes three network passes a scale, whatever the size of the image. Throws Error when an option
/// is out of range and for images that cannot be halved so often.
std::shared_ptr<Flow> polyphase(const PolyphaseOptions& options);

}  // namespace pushforward::flows
