// Glow: flows of images on several scales.
#pragma once

#include <memory>

#include "pushforward/flows/flow.h"

namespace pushforward::flows {

struct GlowOptions {
  Event event = {1, 28, 28};
  std::int64_t scales = 2;              // L, each of half the side of the one before
  std::int64_t steps = 8;               // K, of each scale
  std::int64_t hidden = 128;            // channels of a coupling's network
  std::int64_t layers = 4;              // of a network whose depth is free
  std::string transformer = "sigmoid";  // of transformers()
  std::string conditioner = "conv";     // of conditioners(), for images
  bool learned_prior = true;
  bool variational = false;    // dequantisation by learned noise: likelihoods become lower bounds
  bool dequantize = true;      // uniform dequantisation: likelihoods become bits/dim
  std::int64_t condition = 0;  // numbers of the couplings' condition; 0: none
  std::uint64_t seed = 0;      // of the initial weights
};

/// Kingma and Dhariwal 2018, "Glow", fig. 2: each scale squeezes, takes K steps of activation norm,
/// invertible 1×1 convolution and coupling, and lets half of the channels leave; the last keeps them. With
/// the learned prior a coupling before each split standardises what leaves given what stays, and an
/// activation norm what is left at the end: the mean and the standard deviation of the prior, as layers.
/// Throws Error when an option is out of range and for images that cannot be squeezed so often.
std::shared_ptr<Flow> glow(const GlowOptions& options);

}  // namespace pushforward::flows
