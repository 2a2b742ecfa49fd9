// Training a density model in one call.
#pragma once

#include <memory>
#include <vector>

#include "pushforward/data/images.h"
#include "pushforward/nn/density.h"
#include "pushforward/train/fit.h"

namespace pushforward::runs {

struct MaximumLikelihoodOptions {
  std::int64_t epochs = 10;
  std::int64_t batch = 128;
  double learning_rate = 1e-3;
  double validation = 0;   // share of the images that is held out and evaluated after every epoch
  std::uint64_t seed = 0;  // of the split, the order of the images and the noise
};

/// Fits `model` to images, and one with a condition to their labels, by Adam, without a run folder: nothing
/// is written, and what it reached is what it returns. With the same options it makes the same weights as
/// `pushforward train` does of a configuration that neither clips gradients nor averages nor schedules (the
/// preset realnvp clips).
///
///   auto flow = flows::real_nvp({.dims = 784, .hidden = 256});
///   auto epochs = train::maximum_likelihood(flow, *data::load("fashion-mnist").train, {.epochs = 3});
///   epochs.back().train;  // {{"log_likelihood", 1571.3}}
///
/// Throws as `train::fit`, and Error when the images are not of the model's size or an option is out of
/// range.
std::vector<train::Epoch> maximum_likelihood(const std::shared_ptr<nn::DensityModel>& model,
                                             data::Images images,
                                             const MaximumLikelihoodOptions& options = {});

}  // namespace pushforward::runs
